#pragma once
// The backend for system files: read-only overlays over narrow directories, switched while programs
// run in them. The baseline on disk is never written to; what is on costs the changed files' size.
// A generation's folder holds its layers (overlay/view.hpp); `active` says which one the next boot
// shows; what is seen now are mounts, and overlay::Switcher makes the two agree.

#include "device/backend.hpp"
#include "device/store.hpp"
#include "overlay/switcher.hpp"

namespace interlude::device {

class OverlayBackend final : public Backend {
 public:
  /// All are borrowed. `baseline` is where `mounts` pinned it.
  OverlayBackend(sys::FileSystem& disk, Store& store, overlay::Mounts& mounts, Path baseline)
      : disk_(&disk),
        store_(&store),
        mounts_(&mounts),
        switcher_(disk, mounts, store.layout()),
        baseline_(std::move(baseline)) {}

  Status initialise() override;
  Status accepts(const improvement::Component& component) override;
  Status prepare(const std::string& id, const Improved& improved) override;
  Status verify(const std::string& id, const Improved& improved) override;
  Status switch_to(const std::string& id, overlay::Way way) override;
  Result<std::string> current() override;
  Status settle() override;
  Status check_in_sight() override;
  bool is_leased() override { return !mounts_->check_unleased(); }
  bool is_disturbed(const std::string& id) override;
  std::string look_below(const Improved& improved) override;
  Status confirm(const std::string& id, const std::string& seen) override;
  Status check(const Improved& improved) override;
  Result<std::set<std::string>> in_use() override;
  Result<std::uint64_t> space_for(const Improved& improved) override;
  Result<Path> active_tree() override;

 private:
  Result<std::vector<Path>> wholes();

  sys::FileSystem* disk_;
  Store* store_;
  overlay::Mounts* mounts_;
  overlay::Switcher switcher_;
  Path baseline_;
};

}  // namespace interlude::device
