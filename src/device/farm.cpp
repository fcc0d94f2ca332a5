#include "device/farm.hpp"

#include <ranges>
#include <utility>

namespace interlude::device {
namespace {

using improvement::EntryKind;
using improvement::FileChange;

/// While a tree is built its directories must be writable to us, whatever they become.
constexpr std::uint32_t kWhileBuilding = 0700;

bool is_directory(const std::optional<improvement::Entry>& entry) {
  return entry && entry->kind == EntryKind::Directory;
}

Status check_kinds(const FileChange& change) {
  if (change.before && change.after && is_directory(change.before) != is_directory(change.after)) {
    return fail(ErrorKind::Conflict,
                change.path + ": a directory does not become something else, nor the reverse");
  }
  return {};
}

}  // namespace

Farm::Farm(sys::FileSystem& disk, const Store& store, const Improved& improved, Options options,
           Path root)
    : disk_(&disk), store_(&store), options_(std::move(options)), root_(std::move(root)) {
  for (const improvement::Component* component : improved.on()) {
    for (const FileChange& change : component->files) changes_.emplace(change.path, &change);
  }
}

Status Farm::build() {
  const auto owners = carries_owners(*disk_, options_.baseline, parent_of(root_));
  if (!owners) return std::unexpected(owners.error());
  owners_ = *owners;
  for (const auto& [path, change] : changes_) {
    if (const Status fine = check_kinds(*change); !fine) return fine;
  }
  const auto top = disk_->info(options_.baseline);
  if (!top) return std::unexpected(top.error().during("reading the baseline"));
  if (const Status made = make_directory("", top->mode); !made) return made;
  if (const Status owned = own("", top->uid, top->gid); !owned) return owned;

  const Status carried = sys::walk(
      *disk_, options_.baseline,
      [&](const Path& path, const sys::FileInfo& info) { return carry_over(path, info); });
  if (!carried) return carried;
  for (const auto& [path, change] : changes_) {
    if (const Status applied = apply(*change); !applied) return applied;
  }
  if (const Status dropped = drop_directories(); !dropped) return dropped;
  return finish_directories();
}

Status Farm::carry_over(const Path& path, const sys::FileInfo& info) {
  const bool changes = changes_.contains(path);
  switch (info.type) {
    case sys::FileType::Directory: {
      // Also one that is to go: something that the manifest does not know may be in it.
      if (const Status made = make_directory(path, info.mode); !made) return made;
      return own(path, info.uid, info.gid);
    }
    case sys::FileType::Regular:
      return changes ? Status() : carry_over_file(path);
    case sys::FileType::Symlink: {
      if (changes) return {};
      const auto target = disk_->read_link(join(options_.baseline, path));
      if (!target) return std::unexpected(target.error());
      if (const Status made = disk_->make_symlink(*target, at(path)); !made) return made;
      return own(path, info.uid, info.gid);
    }
    case sys::FileType::Device:
      return fail(ErrorKind::Conflict,
                  join(options_.baseline, path) + " is a device: a tree cannot carry it");
    case sys::FileType::Other:
      return {};  // sockets and pipes belong to the running program that made them
  }
  return {};
}

Status Farm::carry_over_file(const Path& path) {
  const Path from = join(options_.baseline, path);
  const Path to = at(path);
  // Linking fails across file systems, and where the kernel protects links to files of others.
  if (options_.hard_links && disk_->make_hard_link(from, to)) return {};
  return disk_->clone(from, to);
}

Status Farm::make_directory(const Path& path, std::uint32_t mode) {
  directory_modes_[path] = mode;
  return disk_->make_directory(at(path), mode | kWhileBuilding);
}

Status Farm::apply(const FileChange& change) {
  if (!change.after) return {};  // files were not carried over; directories go at the end
  if (!is_directory(change.after)) return put(change.path, change);
  if (!directory_modes_.contains(change.path)) {
    const Status made = make_directory(change.path, change.after->mode);
    if (!made) return made;
  }
  directory_modes_[change.path] = change.after->mode;
  return own(change.path, change.after->uid, change.after->gid);
}

Status Farm::put(const Path& path, const FileChange& change) {
  const improvement::Entry& after = *change.after;
  const Path to = at(path);
  if (after.kind == EntryKind::Symlink) {
    if (const Status made = disk_->make_symlink(after.target, to); !made) return made;
    return own(path, after.uid, after.gid);
  }
  const bool same_content = change.before && change.before->kind == EntryKind::Regular &&
                            change.before->digest == after.digest;
  if (!same_content) return disk_->make_hard_link(store_->object(after), to);
  // Only metadata changes: never through a link, the baseline keeps its own.
  if (const Status cloned = disk_->clone(join(options_.baseline, path), to); !cloned) return cloned;
  return dress(*disk_, to, after, owners_);
}

Status Farm::drop_directories() {
  for (const auto& [path, change] : std::views::reverse(changes_)) {
    if (change->after || !is_directory(change->before)) continue;
    const auto left = disk_->list(at(path));
    if (!left) return std::unexpected(left.error());
    if (!left->empty()) continue;  // holds files of the owner's
    if (const Status removed = disk_->remove_directory(at(path)); !removed) return removed;
    directory_modes_.erase(path);
  }
  return {};
}

Status Farm::finish_directories() {
  for (const auto& [path, mode] : std::views::reverse(directory_modes_)) {
    if ((mode | kWhileBuilding) == mode) continue;
    if (const Status set = disk_->set_mode(at(path), mode); !set) return set;
  }
  return {};
}

Path Farm::at(const Path& path) const {
  return path.empty() ? root_ : join(root_, path);
}

Status Farm::own(const Path& path, std::uint32_t uid, std::uint32_t gid) {
  if (!owners_) return {};
  return disk_->set_owner(at(path), uid, gid);
}

Result<bool> carries_owners(sys::FileSystem& disk, const Path& baseline, const Path& directory) {
  const auto wanted = improvement::keeps_owners(disk, baseline);
  if (!wanted || !*wanted) return wanted;
  return improvement::keeps_owners(disk, directory);
}

Status dress(sys::FileSystem& disk, const Path& path, const improvement::Entry& entry,
             bool owners) {
  if (owners) {
    if (const Status owned = disk.set_owner(path, entry.uid, entry.gid); !owned) return owned;
    for (const auto& [name, value] : entry.attributes) {
      if (const Status set = disk.set_attribute(path, name, value); !set) return set;
    }
  }
  return disk.set_mode(path, entry.mode);  // last: a change of owner clears setuid
}

}  // namespace interlude::device
