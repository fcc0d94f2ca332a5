#include "device/layer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "device/check_files.hpp"
#include "device/farm.hpp"
#include "overlay/hierarchy.hpp"
#include "overlay/view.hpp"

namespace interlude::device {
namespace {

using improvement::EntryKind;
using improvement::FileChange;

/// While a layer is built its directories must be writable to us, whatever they become.
constexpr std::uint32_t kWhileLayering = 0700;

}  // namespace

Layer::Layer(sys::FileSystem& disk, const Store& store, const Improved& improved, Options options,
             Path generation)
    : disk_(&disk),
      store_(&store),
      options_(std::move(options)),
      generation_(std::move(generation)) {
  for (const improvement::Component* component : improved.on()) {
    for (const FileChange& change : component->files) changes_.emplace(change.path, &change);
  }
}

Status Layer::build() {
  const auto owners = carries_owners(*disk_, options_.baseline, generation_);
  if (!owners) return std::unexpected(owners.error());
  owners_ = *owners;
  for (const auto& [path, change] : changes_) {
    const bool was_directory = change->before && change->before->kind == EntryKind::Directory;
    const bool is_directory = change->after && change->after->kind == EntryKind::Directory;
    if (change->before && change->after && was_directory != is_directory) {
      return fail(ErrorKind::Conflict,
                  path + ": a directory does not become something else, nor the reverse");
    }
  }
  if (const Status laid_out = lay_out(); !laid_out) return laid_out;
  for (const auto& [path, change] : changes_) {
    const Status done = change->after ? put(*change) : hide(*change);
    if (!done) return std::unexpected(done.error().during(path));
  }
  return {};
}

Status Layer::lay_out() {
  std::set<Path> hierarchies;
  for (const auto& [path, change] : changes_) {
    const auto hierarchy = overlay::hierarchy_of(path, options_.wholes);
    if (!hierarchy) return fail(ErrorKind::Conflict, path + " lies in no directory that is shown");
    hierarchies.insert(*hierarchy);
  }
  overlay::View view{"", {hierarchies.begin(), hierarchies.end()}};
  std::ranges::sort(view.hierarchies, overlay::comes_before);
  if (const Status written = overlay::write_view(*disk_, generation_, view); !written) {
    return written;
  }
  for (const Path& hierarchy : view.hierarchies) {
    if (const Status made = make_parents(join(hierarchy, "x")); !made) return made;
  }
  return {};
}

Status Layer::put(const FileChange& change) {
  const improvement::Entry& after = *change.after;
  if (const Status made = make_parents(change.path); !made) return made;
  const Path to = at(change.path);
  if (after.kind == EntryKind::Directory) {
    if (made_.contains(change.path)) return {};
    return make_directory(change.path, after);
  }
  if (after.kind == EntryKind::Symlink) {
    if (const Status made = disk_->make_symlink(after.target, to); !made) return made;
    return owners_ ? disk_->set_owner(to, after.uid, after.gid) : Status();
  }
  return put_content(change, to);
}

Status Layer::put_content(const FileChange& change, const Path& to) {
  const bool same_content = change.before && change.before->kind == EntryKind::Regular &&
                            change.before->digest == change.after->digest;
  if (!same_content) return disk_->make_hard_link(store_->object(*change.after), to);
  const Path from = join(options_.baseline, change.path);
  if (const Status cloned = disk_->clone(from, to); !cloned) return cloned;
  return dress(*disk_, to, *change.after, owners_);
}

Status Layer::hide(const FileChange& change) {
  if (change.before->kind == EntryKind::Directory) {
    const auto emptied = is_emptied(change.path);
    if (!emptied) return std::unexpected(emptied.error());
    if (!*emptied) return {};  // it holds files of the owner's
  }
  if (const Status made = make_parents(change.path); !made) return made;
  // What lies in a directory that is hidden needs no hiding of its own.
  const auto parent = disk_->info(parent_of(at(change.path)));
  if (!parent || parent->type != sys::FileType::Directory) return {};
  return disk_->make_whiteout(at(change.path));
}

Result<bool> Layer::is_emptied(const Path& directory) const {
  const auto names = disk_->list(join(options_.baseline, directory));
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const Path path = join(directory, name);
    const auto change = changes_.find(path);
    if (change == changes_.end() || change->second->after) return false;
    if (change->second->before->kind != EntryKind::Directory) continue;
    const auto inner = is_emptied(path);
    if (!inner || !*inner) return inner;
  }
  return true;
}

Status Layer::make_parents(const Path& path) {
  for (std::size_t slash = path.find('/'); slash != Path::npos; slash = path.find('/', slash + 1)) {
    const Path directory = path.substr(0, slash);
    if (made_.contains(directory)) continue;
    const auto change = changes_.find(directory);
    if (change != changes_.end() && !change->second->after) {
      const auto emptied = is_emptied(directory);
      if (!emptied) return std::unexpected(emptied.error());
      if (*emptied) return {};  // hidden as a whole
    }
    const bool is_changed = change != changes_.end() && change->second->after.has_value();
    auto entry = is_changed ? Result<std::optional<improvement::Entry>>(*change->second->after)
                            : improvement::observe(*disk_, options_.baseline, directory);
    if (!entry) return std::unexpected(entry.error());
    if (!*entry || (**entry).kind != EntryKind::Directory) {
      return fail(ErrorKind::Conflict, directory + " is no directory of the baseline");
    }
    if (const Status made = make_directory(directory, **entry); !made) return made;
  }
  return {};
}

Status Layer::make_directory(const Path& path, const improvement::Entry& entry) {
  made_.insert(path);
  const Status made = sys::exists(*disk_, parent_of(at(path)))
                          ? Status()
                          : sys::make_directories(*disk_, parent_of(at(path)), kDirectoryMode);
  if (!made) return made;
  if (const Status created = disk_->make_directory(at(path), entry.mode | kWhileLayering);
      !created) {
    return created;
  }
  return dress(*disk_, at(path), entry, owners_);
}

Path Layer::at(const Path& path) const {
  return overlay::layer_in(generation_, path);
}

Status Layer::check() const {
  const auto with_owner = improvement::keeps_owners(*disk_, generation_);
  if (!with_owner) return std::unexpected(with_owner.error());
  const Path root = overlay::layer_in(generation_, "");
  for (const auto& [path, change] : changes_) {
    if (!change->after) continue;
    const Status fine = check_file(*disk_, root, *change, *with_owner, Reading::FromMedium);
    if (!fine) return fine;
  }
  return {};
}

Result<std::set<Path>> places_of(sys::FileSystem& disk, const Path& baseline,
                                 const std::vector<Path>& wholes,
                                 const improvement::Component& component) {
  std::set<Path> places;
  for (const FileChange& change : component.files) {
    const auto hierarchy = overlay::hierarchy_of(change.path, wholes);
    // The directory itself may be named too: it is where it is.
    const bool is_top = !hierarchy && change.after && change.after->kind == EntryKind::Directory &&
                        overlay::hierarchy_of(join(change.path, "x"), wholes) == change.path;
    if (is_top) continue;
    if (!hierarchy) {
      return fail(ErrorKind::Conflict,
                  fmt::format("{} lies in no directory that can be shown as a whole", change.path));
    }
    places.insert(*hierarchy);
  }
  for (const Path& place : places) {
    const auto info = disk.info(join(baseline, place));
    if (!info || info->type != sys::FileType::Directory) {
      return fail(ErrorKind::Conflict,
                  fmt::format("{} is no directory of the baseline: it cannot be shown", place));
    }
  }
  return places;
}

}  // namespace interlude::device
