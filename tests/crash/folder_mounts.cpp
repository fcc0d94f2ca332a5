#include "folder_mounts.hpp"

namespace interlude::crash {

FolderMounts::FolderMounts(sys::FileSystem& disk, Path root, Path baseline)
    : disk_(&disk), root_(std::move(root)), baseline_(std::move(baseline)) {}

Status FolderMounts::check_unleased() {
  return leased ? fail(ErrorKind::Conflict, "dpkg is at work") : Status();
}

Result<std::vector<Path>> FolderMounts::hierarchies() {
  std::vector<Path> names;
  for (const auto& [name, id] : shown_) names.push_back(name);
  return names;
}

Result<std::string> FolderMounts::shown(const Path& hierarchy) {
  const auto found = shown_.find(hierarchy);
  return found == shown_.end() ? "" : found->second;
}

Status FolderMounts::show(const Path& hierarchy, const std::string& id, const Path& layer) {
  if (const Status bare = show_baseline(hierarchy); !bare) return bare;
  shown_[hierarchy] = id;
  return copy(layer, join(root_, hierarchy));
}

Status FolderMounts::show_baseline(const Path& hierarchy) {
  const Path seen = join(root_, hierarchy);
  if (const Status gone = sys::remove_tree(*disk_, seen); !gone) return gone;
  if (const Status made = disk_->make_directory(seen, 0755); !made) return made;
  shown_[hierarchy] = "";
  return copy(join(baseline_, hierarchy), seen);
}

Status FolderMounts::step_aside(const Path& hierarchy) {
  const Status bare = show_baseline(hierarchy);
  shown_.erase(hierarchy);
  return bare;
}

/// What lies in `from` takes the place of what lies in `to`; a device of it hides.
Status FolderMounts::copy(const Path& from, const Path& to) {
  return sys::walk(*disk_, from, [&](const Path& path, const sys::FileInfo& info) -> Status {
    const Path target = join(to, path);
    if (info.type == sys::FileType::Directory) {
      return sys::exists(*disk_, target) ? Status() : disk_->make_directory(target, info.mode);
    }
    if (sys::exists(*disk_, target)) {
      const bool is_folder = disk_->info(target)->type == sys::FileType::Directory;
      const Status gone = is_folder ? sys::remove_tree(*disk_, target) : disk_->remove(target);
      if (!gone) return gone;
    }
    if (info.type == sys::FileType::Device) return {};
    if (info.type == sys::FileType::Regular) return disk_->clone(join(from, path), target);
    const auto link = disk_->read_link(join(from, path));
    return link ? disk_->make_symlink(*link, target) : Status(std::unexpected(link.error()));
  });
}

}  // namespace interlude::crash
