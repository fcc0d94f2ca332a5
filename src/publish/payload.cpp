#include "publish/payload.hpp"

#include <fmt/format.h>

#include "delta/delta.hpp"

namespace interlude::publish {
namespace {

/// Files kept open as long as their views are used.
class OpenFiles {
 public:
  Status add(const Contents& contents, const Path& path, const crypto::Sha256& digest) {
    Result<std::unique_ptr<sys::ReadFile>> file = contents.open(digest);
    if (!file) return std::unexpected(file.error().during(path));
    const Result<ByteView> view = (*file)->view();
    if (!view) return std::unexpected(view.error().during(path));
    views_.push_back(*view);
    files_.push_back(std::move(*file));
    return {};
  }

  std::span<const ByteView> views() const { return views_; }

 private:
  std::vector<std::unique_ptr<sys::ReadFile>> files_;
  std::vector<ByteView> views_;
};

std::vector<std::uint64_t> sizes_of(const std::vector<const improvement::FileChange*>& files) {
  std::vector<std::uint64_t> sizes;
  for (const improvement::FileChange* file : files) sizes.push_back(file->after->size);
  return sizes;
}

/// Applies `payload` and gives each rebuilt file's content, in order. Corrupt where one is not what
/// the manifest says.
Result<std::vector<Bytes>> rebuild(std::span<const ByteView> old, ByteView payload,
                                   const std::vector<const improvement::FileChange*>& files) {
  std::vector<Bytes> rebuilt(files.size());
  const std::vector<std::uint64_t> sizes = sizes_of(files);
  const Status applied = delta::apply(old, payload, sizes, delta::Limits{},
                                      [&](std::size_t file, ByteView piece) -> Status {
                                        append(rebuilt[file], piece);
                                        return {};
                                      });
  if (!applied) return std::unexpected(applied.error());
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (crypto::sha256(rebuilt[i]) == files[i]->after->digest) continue;
    return fail(ErrorKind::Corrupt,
                fmt::format("{}: what the payload rebuilds has another digest", files[i]->path));
  }
  return rebuilt;
}

}  // namespace

Result<Bytes> make_payload(const improvement::Component& component,
                           std::span<const improvement::Reference> references,
                           const Contents& contents, const Progress& progress) {
  OpenFiles old;
  for (const improvement::Reference& reference : references) {
    const Status added = old.add(contents, reference.path, reference.digest);
    if (!added) return std::unexpected(added.error());
  }
  const std::vector<const improvement::FileChange*> files = improvement::rebuilt_files(component);
  OpenFiles fresh;
  for (const improvement::FileChange* file : files) {
    const Status added = fresh.add(contents, file->path, file->after->digest);
    if (!added) return std::unexpected(added.error());
  }
  Result<Bytes> payload =
      delta::make(old.views(), fresh.views(), delta::MakeOptions{.progress = progress});
  if (!payload) return payload;
  // Only what was seen to rebuild every file may be published.
  const Result<std::vector<Bytes>> rebuilt = rebuild(old.views(), *payload, files);
  if (!rebuilt) return std::unexpected(rebuilt.error().during("checking the payload just made"));
  return payload;
}

Status unpack_full_payload(const improvement::Component& component, ByteView payload,
                           Contents& contents) {
  const std::vector<const improvement::FileChange*> files = improvement::rebuilt_files(component);
  Result<std::vector<Bytes>> rebuilt = rebuild({}, payload, files);
  if (!rebuilt) return std::unexpected(rebuilt.error());
  for (std::size_t i = 0; i < files.size(); ++i) {
    contents.add(files[i]->after->digest,
                 content_of(std::make_shared<const Bytes>(std::move((*rebuilt)[i]))));
  }
  return {};
}

}  // namespace interlude::publish
