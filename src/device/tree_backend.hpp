#pragma once
// The backend for an application's or container's directory: no privilege, no mount. What is on is
// the folder `active/tree`; `active` is one symbolic link that flips.
//
// A generation's tree is a farm: every unchanged file of the baseline, and the changed files as
// hard links to the store's objects. Unchanged files are *cloned*: a reflink where the file system
// has them (btrfs, XFS: no space, no time), else a copy, so that a program that writes into its own
// tree can never write into the baseline. The price on ext4 is the baseline's size once per kept
// generation; `hard_links = true` in agent.toml trades that safety for space and speed.
//
// Generation "baseline" is a directory whose `tree` is a link to the baseline's folder: going back
// to it needs no space, and it is never written to.

#include "device/backend.hpp"
#include "device/store.hpp"

namespace interlude::device {

class TreeBackend final : public Backend {
 public:
  struct Options {
    Path baseline;            ///< absolute
    bool hard_links = false;  ///< see Config
  };

  TreeBackend(sys::FileSystem& disk, Store& store, Options options)
      : disk_(&disk), store_(&store), options_(std::move(options)) {}

  Status initialise() override;
  Status accepts(const improvement::Component&) override { return {}; }
  Status prepare(const std::string& id, const Improved& improved) override;
  Status verify(const std::string& id, const Improved& improved) override;
  Status switch_to(const std::string& id, overlay::Way way) override;
  Result<std::string> current() override;
  Status check_in_sight() override { return {}; }
  bool is_leased() override { return false; }
  bool is_disturbed(const std::string&) override { return false; }
  std::string look_below(const Improved&) override { return ""; }
  Status confirm(const std::string&, const std::string&) override { return {}; }
  Status settle() override { return {}; }  // the link is what programs see
  Result<std::set<std::string>> in_use() override { return std::set<std::string>(); }
  Status check(const Improved& improved) override;
  Result<std::uint64_t> space_for(const Improved& improved) override;
  Result<Path> active_tree() override;

 private:
  sys::FileSystem* disk_;
  Store* store_;
  Options options_;
};

}  // namespace interlude::device
