#include "device/overlay_backend.hpp"

#include "device/check_files.hpp"
#include "device/layer.hpp"
#include "overlay/facts.hpp"

namespace interlude::device {

Status OverlayBackend::initialise() {
  const Layout& layout = store_->layout();
  const Status made = sys::make_directories(*disk_, layout.generation(kBaseline), kDirectoryMode);
  if (!made) return made;
  if (sys::exists(*disk_, layout.active())) return {};
  return sys::replace_symlink(*disk_, "generations/" + std::string(kBaseline), layout.active());
}

Status OverlayBackend::accepts(const improvement::Component& component) {
  const auto whole = wholes();
  if (!whole) return std::unexpected(whole.error());
  const auto places = places_of(*disk_, baseline_, *whole, component);
  if (!places) return std::unexpected(places.error());
  return {};
}

Status OverlayBackend::prepare(const std::string& id, const Improved& improved) {
  const Path final_name = store_->layout().generation(id);
  const Path directory = final_name + std::string(kPartial);
  if (const Status removed = sys::remove_tree(*disk_, directory); !removed) return removed;
  const Status made = disk_->make_directory(directory, kDirectoryMode);
  if (!made) return made;
  const auto whole = wholes();
  if (!whole) return std::unexpected(whole.error());
  Layer layer(*disk_, *store_, improved, {baseline_, *whole}, directory);
  if (const Status built = layer.build(); !built) return built;
  if (const Status described = store_->describe(improved, directory); !described) return described;
  if (const Status synced = disk_->sync_tree(directory); !synced) return synced;
  if (const Status fine = layer.check(); !fine) {
    return std::unexpected(fine.error().during("reading back what was written"));
  }
  if (const Status renamed = disk_->rename(directory, final_name); !renamed) return renamed;
  return disk_->sync(store_->layout().generations());
}

Status OverlayBackend::verify(const std::string& id, const Improved& improved) {
  return Layer(*disk_, *store_, improved, {baseline_, {}}, store_->layout().generation(id)).check();
}

Status OverlayBackend::switch_to(const std::string& id, overlay::Way way) {
  return switcher_.switch_to(id, way);
}

Result<std::string> OverlayBackend::current() {
  return switcher_.current();
}

Status OverlayBackend::settle() {
  return switcher_.settle();
}

Status OverlayBackend::check_in_sight() {
  if (const Status wanted = switcher_.check_wanted(); !wanted) {
    return fail(ErrorKind::Unavailable, wanted.error().message());
  }
  if (!is_leased()) return {};
  return fail(ErrorKind::Unavailable,
              "a package manager is changing the system's files; ask again when it is done");
}

bool OverlayBackend::is_disturbed(const std::string& id) {
  if (id == kBaseline) return false;  // it lies over nothing
  const Layout& layout = store_->layout();
  return sys::exists(*disk_, layout.recheck()) ||
         !overlay::facts_hold(*disk_, layout, baseline_, id);
}

std::string OverlayBackend::look_below(const Improved& improved) {
  std::vector<Path> paths;
  for (const improvement::Component* component : improved.on()) {
    for (const improvement::FileChange& change : component->files) paths.push_back(change.path);
  }
  return overlay::take_facts(*disk_, baseline_, paths);
}

Status OverlayBackend::confirm(const std::string& id, const std::string& seen) {
  return overlay::keep_facts(*disk_, store_->layout(), id, seen);
}

Status OverlayBackend::check(const Improved& improved) {
  return check_files(*disk_, store_->layout().root(), improved, Reading::Cached);
}

Result<std::set<std::string>> OverlayBackend::in_use() {
  return mounts_->in_use();
}

Result<std::uint64_t> OverlayBackend::space_for(const Improved& improved) {
  constexpr std::uint64_t kBlock = 4096;
  constexpr std::uint64_t kSlack = 1ULL << 20U;  // directories, links, descriptions
  std::uint64_t needed = kSlack;
  for (const improvement::Component* component : improved.on()) {
    for (const improvement::FileChange& change : component->files) {
      const bool is_cloned =
          change.before && change.after && change.before->digest == change.after->digest;
      needed += kBlock + (is_cloned ? change.after->size : 0);
    }
  }
  return needed;
}

Result<Path> OverlayBackend::active_tree() {
  return store_->layout().root();
}

Result<std::vector<Path>> OverlayBackend::wholes() {
  return mounts_->wholes();
}

}  // namespace interlude::device
