#include "publish/payload.hpp"

#include <fmt/format.h>

#include "delta/delta.hpp"

namespace interlude::publish {
namespace {

/// File contents in memory: a component can have more files than a process may have open.
class Loaded {
 public:
  Status add(const Contents& contents, const Path& path, const crypto::Sha256& digest) {
    const Result<std::unique_ptr<sys::ReadFile>> file = contents.open(digest);
    if (!file) return std::unexpected(file.error().during(path));
    const Result<ByteView> view = (*file)->view();
    if (!view) return std::unexpected(view.error().during(path));
    files_.emplace_back(view->begin(), view->end());
    return {};
  }

  std::vector<ByteView> views() const { return {files_.begin(), files_.end()}; }

 private:
  std::vector<Bytes> files_;
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
  Loaded old;
  for (const improvement::Reference& reference : references) {
    const Status added = old.add(contents, reference.path, reference.digest);
    if (!added) return std::unexpected(added.error());
  }
  const std::vector<const improvement::FileChange*> files = improvement::rebuilt_files(component);
  Loaded fresh;
  for (const improvement::FileChange* file : files) {
    const Status added = fresh.add(contents, file->path, file->after->digest);
    if (!added) return std::unexpected(added.error());
  }
  const std::vector<ByteView> old_views = old.views();
  Result<Bytes> payload =
      delta::make(old_views, fresh.views(), delta::MakeOptions{.progress = progress});
  if (!payload) return payload;
  // Only what was seen to rebuild every file may be published.
  const Result<std::vector<Bytes>> rebuilt = rebuild(old_views, *payload, files);
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
