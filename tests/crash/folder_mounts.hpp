#pragma once
// What programs see in a device's directories, without a kernel: a folder that is written anew
// whenever something else is to be shown. The baseline lies elsewhere, where the pin shows it.

#include <map>

#include "overlay/mounts.hpp"
#include "sys/file_system.hpp"

namespace interlude::crash {

class FolderMounts final : public overlay::Mounts {
 public:
  /// `disk` is borrowed. One hierarchy, "usr", below `root`; its baseline is in `baseline`.
  FolderMounts(sys::FileSystem& disk, Path root, Path baseline);

  Result<std::unique_ptr<Hold>> hold() override { return std::make_unique<Hold>(); }
  Status check_unleased() override;
  bool is_off() override { return off; }
  Result<Path> pin() override { return baseline_; }
  Result<std::vector<Path>> wholes() override { return std::vector<Path>{"usr"}; }
  Result<std::vector<Path>> hierarchies() override;
  Result<std::string> shown(const Path& hierarchy) override;
  Status check(const Path&, const std::string&) override { return {}; }
  Status show(const Path& hierarchy, const std::string& id, const Path& layer) override;
  Status show_baseline(const Path& hierarchy) override;
  Status step_aside(const Path& hierarchy) override;
  Result<std::set<std::string>> in_use() override { return std::set<std::string>(); }

  bool off = false;     ///< `interlude.off` on the kernel's command line
  bool leased = false;  ///< a package manager is at work

 private:
  Status copy(const Path& from, const Path& to);

  sys::FileSystem* disk_;
  Path root_;
  Path baseline_;
  std::map<Path, std::string> shown_;
};

}  // namespace interlude::crash
