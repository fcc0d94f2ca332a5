#include "device/tree_backend.hpp"

#include <fmt/format.h>

#include <set>

#include "device/farm.hpp"

namespace interlude::device {
namespace {

constexpr std::string_view kTree = "tree";

using improvement::FileChange;

/// Whether `root` holds what `change` wants. `fresh` reads regular files from the medium.
Status check_change(sys::FileSystem& disk, const Path& root, const FileChange& change,
                    bool with_owner, bool fresh) {
  const auto& wanted = change.after;
  // A directory that is to go stays where it holds files of the owner's.
  if (!wanted && change.before->kind == improvement::EntryKind::Directory) return {};
  const Path path = join(root, change.path);
  if (fresh && wanted && wanted->kind == improvement::EntryKind::Regular) {
    if (const Status dropped = disk.drop_cache(path); !dropped) return dropped;
  }
  const auto found = improvement::observe(disk, root, change.path);
  if (!found) return std::unexpected(found.error());
  if (wanted.has_value() != found->has_value()) {
    return fail(ErrorKind::Corrupt, path + (wanted ? " is missing" : " should not be there"));
  }
  if (!wanted) return {};
  const auto difference = improvement::difference(*wanted, **found, with_owner);
  if (!difference) return {};
  return fail(ErrorKind::Corrupt, fmt::format("{}: expected {}, found {}", path,
                                              difference->expected, difference->found));
}

Status check_tree(sys::FileSystem& disk, const Path& root, const Improved& improved, bool fresh) {
  const auto with_owner = improvement::keeps_owners(disk, root);
  if (!with_owner) return std::unexpected(with_owner.error());
  for (const improvement::Component* component : improved.on()) {
    for (const FileChange& change : component->files) {
      const Status fine = check_change(disk, root, change, *with_owner, fresh);
      if (!fine) return std::unexpected(fine.error().during(component->name));
    }
  }
  return {};
}

}  // namespace

Status TreeBackend::initialise() {
  const Path directory = store_->layout().generation(kBaseline);
  const Status made = sys::make_directories(*disk_, directory, kDirectoryMode);
  if (!made) return made;
  const Status linked = sys::replace_symlink(*disk_, options_.baseline, join(directory, kTree));
  if (!linked) return linked;
  if (sys::exists(*disk_, store_->layout().active())) return {};
  return switch_to(std::string(kBaseline));
}

Status TreeBackend::prepare(const std::string& id, const Improved& improved) {
  const Path final_name = store_->layout().generation(id);
  const Path directory = final_name + std::string(kPartial);
  const Path tree = join(directory, kTree);
  if (const Status removed = sys::remove_tree(*disk_, directory); !removed) return removed;
  const Status made = disk_->make_directory(directory, kDirectoryMode);
  if (!made) return made;
  Farm farm(*disk_, *store_, improved, {options_.baseline, options_.hard_links}, tree);
  if (const Status built = farm.build(); !built) return built;
  if (const Status described = store_->describe(improved, directory); !described) return described;
  if (const Status synced = disk_->sync_tree(directory); !synced) return synced;
  if (const Status fine = check_tree(*disk_, tree, improved, true); !fine) {
    return std::unexpected(fine.error().during("reading back what was written"));
  }
  if (const Status renamed = disk_->rename(directory, final_name); !renamed) return renamed;
  return disk_->sync(store_->layout().generations());
}

Status TreeBackend::verify(const std::string& id, const Improved& improved) {
  return check_tree(*disk_, join(store_->layout().generation(id), kTree), improved, true);
}

Status TreeBackend::switch_to(const std::string& id) {
  return sys::replace_symlink(*disk_, "generations/" + id, store_->layout().active());
}

Result<std::string> TreeBackend::current() {
  const auto target = disk_->read_link(store_->layout().active());
  if (!target) return std::unexpected(target.error().during("looking up what is on"));
  return file_name_of(*target);
}

Status TreeBackend::check(const Improved& improved) {
  return check_tree(*disk_, join(store_->layout().active(), kTree), improved, false);
}

Result<std::uint64_t> TreeBackend::space_for(const Improved& improved) {
  constexpr std::uint64_t kBlock = 4096;
  constexpr std::uint64_t kSlack = 1ULL << 20U;  // directories, links, descriptions
  std::uint64_t needed = kSlack;
  std::set<Path> changed;
  for (const improvement::Component* component : improved.on()) {
    for (const FileChange& change : component->files) changed.insert(change.path);
  }
  const Status walked =
      sys::walk(*disk_, options_.baseline, [&](const Path& path, const sys::FileInfo& info) {
        const bool copied =
            info.type == sys::FileType::Regular && !options_.hard_links && !changed.contains(path);
        needed += kBlock + (copied ? info.size : 0);
        return Status();
      });
  if (!walked) return std::unexpected(walked.error());
  return needed;
}

Result<Path> TreeBackend::active_tree() {
  return disk_->resolve(join(store_->layout().active(), kTree));
}

}  // namespace interlude::device
