#include "device/tree_backend.hpp"

#include <set>

#include "device/check_files.hpp"
#include "device/farm.hpp"

namespace interlude::device {
namespace {

constexpr std::string_view kTree = "tree";

}  // namespace

Status TreeBackend::initialise() {
  const Path directory = store_->layout().generation(kBaseline);
  const Status made = sys::make_directories(*disk_, directory, kDirectoryMode);
  if (!made) return made;
  const Status linked = sys::replace_symlink(*disk_, options_.baseline, join(directory, kTree));
  if (!linked) return linked;
  if (sys::exists(*disk_, store_->layout().active())) return {};
  return switch_to(std::string(kBaseline), overlay::Way::On);
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
  if (const Status fine = check_files(*disk_, tree, improved, Reading::FromMedium); !fine) {
    return std::unexpected(fine.error().during("reading back what was written"));
  }
  if (const Status renamed = disk_->rename(directory, final_name); !renamed) return renamed;
  return disk_->sync(store_->layout().generations());
}

Status TreeBackend::verify(const std::string& id, const Improved& improved) {
  return check_files(*disk_, join(store_->layout().generation(id), kTree), improved,
                     Reading::FromMedium);
}

Status TreeBackend::switch_to(const std::string& id, overlay::Way) {
  return sys::replace_symlink(*disk_, "generations/" + id, store_->layout().active());
}

Result<std::string> TreeBackend::current() {
  const auto target = disk_->read_link(store_->layout().active());
  if (!target) return std::unexpected(target.error().during("looking up what is on"));
  return file_name_of(*target);
}

Status TreeBackend::check(const Improved& improved) {
  return check_files(*disk_, join(store_->layout().active(), kTree), improved, Reading::Cached);
}

Result<std::uint64_t> TreeBackend::space_for(const Improved& improved) {
  constexpr std::uint64_t kBlock = 4096;
  constexpr std::uint64_t kSlack = 1ULL << 20U;  // directories, links, descriptions
  std::uint64_t needed = kSlack;
  std::set<Path> changed;
  for (const improvement::Component* component : improved.on()) {
    for (const improvement::FileChange& change : component->files) changed.insert(change.path);
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
