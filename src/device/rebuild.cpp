#include "device/rebuild.hpp"

#include <optional>

#include "delta/delta.hpp"
#include "device/farm.hpp"

namespace interlude::device {
namespace {

constexpr std::uint32_t kWhileWriting = 0600;

/// Takes the rebuilt files one after the other and leaves each, checked, as OBJECT.partial.
class ObjectWriter {
 public:
  ObjectWriter(sys::FileSystem& disk, const Store& store,
               std::vector<const improvement::Entry*> entries, bool owners)
      : disk_(&disk), store_(&store), entries_(std::move(entries)), owners_(owners) {}

  Status take(std::size_t file, ByteView piece) {
    if (const Status moved = advance_to(file); !moved) return moved;
    if (const Status opened = open(); !opened) return opened;
    hasher_->update(piece);
    return out_->append(piece);
  }
  /// After the last piece; empty files come without one.
  Status finish() { return advance_to(entries_.size()); }

  Path partial(const improvement::Entry& entry) const {
    return store_->object(entry) + std::string(kPartial);
  }

 private:
  Status advance_to(std::size_t file) {
    while (at_ < file) {
      if (const Status opened = open(); !opened) return opened;
      if (const Status closed = close(*entries_[at_]); !closed) return closed;
      ++at_;
    }
    return {};
  }
  Status open() {
    if (out_) return {};
    auto file = disk_->append(partial(*entries_[at_]), kWhileWriting, true);
    if (!file) return std::unexpected(file.error());
    out_ = std::move(*file);
    hasher_.emplace();
    return {};
  }
  Status close(const improvement::Entry& entry) {
    out_.reset();
    if (hasher_->finish_sha256() != entry.digest) {
      return fail(ErrorKind::Corrupt,
                  "the payload does not rebuild the file with SHA-256 " + entry.digest.hex());
    }
    return dress(*disk_, partial(entry), entry, owners_);
  }

  sys::FileSystem* disk_;
  const Store* store_;
  std::vector<const improvement::Entry*> entries_;
  bool owners_;
  std::size_t at_ = 0;
  std::unique_ptr<sys::AppendFile> out_;
  std::optional<crypto::Hasher> hasher_;
};

struct OldFiles {
  std::vector<std::unique_ptr<sys::ReadFile>> files;
  std::vector<ByteView> views;
};

Status map_file(sys::FileSystem& disk, const Path& path, OldFiles& into) {
  auto file = disk.open(path);
  if (!file) return std::unexpected(file.error());
  const auto view = (*file)->view();
  if (!view) return std::unexpected(view.error());
  into.views.push_back(*view);
  into.files.push_back(std::move(*file));
  return {};
}

/// Gives the written objects their final names, to last.
Status publish(sys::FileSystem& disk, const Store& store, const ObjectWriter& writer,
               const std::vector<const improvement::Entry*>& entries) {
  const Path& directory = store.layout().objects();
  if (const Status synced = disk.sync_tree(directory); !synced) return synced;
  for (const improvement::Entry* entry : entries) {
    // Two files of one component may be the same object.
    if (!sys::exists(disk, writer.partial(*entry))) continue;
    const Status renamed = disk.rename(writer.partial(*entry), store.object(*entry));
    if (!renamed) return renamed;
  }
  return disk.sync(directory);
}

}  // namespace

Status rebuild(sys::FileSystem& disk, const Store& store, const Rebuild& work, bool owners,
               const std::function<bool()>& go_on) {
  OldFiles old;
  for (const Path& path : work.old_files) {
    if (const Status mapped = map_file(disk, path, old); !mapped) return mapped;
  }
  OldFiles payload;
  if (const Status mapped = map_file(disk, work.payload, payload); !mapped) return mapped;

  const auto entries = rebuilt_entries(*work.component);
  std::vector<std::uint64_t> sizes;
  for (const improvement::Entry* entry : entries) sizes.push_back(entry->size);
  ObjectWriter writer(disk, store, entries, owners);
  const Status applied =
      delta::apply(old.views, payload.views.front(), sizes, delta::Limits{},
                   [&](std::size_t file, ByteView piece) -> Status {
                     if (!go_on()) return fail(ErrorKind::Cancelled, "stopped while rebuilding");
                     return writer.take(file, piece);
                   });
  if (!applied) return applied;
  if (const Status finished = writer.finish(); !finished) return finished;
  return publish(disk, store, writer, entries);
}

}  // namespace interlude::device
