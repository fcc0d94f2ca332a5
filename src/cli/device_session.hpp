#pragma once
// A command's hold on one device: the real disk, clock and network, the lock, and an agent that has
// recovered from whatever interrupted the one before.

#include <memory>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "device/agent.hpp"
#include "device/report.hpp"
#include "overlay/kernel_mounts.hpp"
#include "sandbox/source.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/lock.hpp"
#include "sys/posix/process.hpp"
#include "sys/posix/random.hpp"
#include "units/system_workload.hpp"

namespace interlude::cli {

/// Adds `--root` to a command; "/" where it is not given.
void add_root_option(CLI::App& command, std::string& root);

/// The device's report, with who runs what where this machine runs from it.
Result<device::Report> full_report(const std::string& root);
/// The device's report, as text or as JSON.
Status print_report(const Invocation& run, const std::string& root);
/// Unavailable, with the report's warning, where protection may have ended.
Status check_protection(const std::string& root);

/// This program's own file, and those that belong to it: beside it where it was built, in libexec
/// where it is installed. NotFound, naming both places.
Result<Path> own_program();
Result<Path> program_of_ours(const std::string& name);

/// The device's configuration; with `from`, a copied repository in the place of its mirrors.
Result<device::Config> load_config_from(const Layout& layout, const Path& from);

/// Becomes the program words[0], searched as a shell does, with these words; returns only on failure.
Status become(std::vector<std::string> words);

/// Waits up to 10 s for another process at work on this device, then Conflict.
Result<sys::posix::LockFile> take_hold(const Layout& layout);

class DeviceSession {
 public:
  struct Options {
    std::string root;
    bool verbose = false;                               ///< announces each step
    bool show_progress = false;                         ///< of downloads, for a person
    std::optional<std::chrono::seconds> poll_interval;  ///< instead of the configured one
    Path from;  ///< a copied repository to follow, just now, instead of the configured mirrors
  };

  /// Errors: as take_hold() and load_config().
  static Result<std::unique_ptr<DeviceSession>> open(const Invocation& run, const Options& options);

  device::Agent& agent() { return *agent_; }
  /// Whether work of a killed agent was found and finished or undone.
  bool was_interrupted() const { return was_interrupted_; }
  /// Tells the guard that this boot came through with what is on.
  Status boot_passed();

 private:
  DeviceSession(sys::posix::LockFile lock, const Layout& layout, const device::Config& config);
  Status enter_system(const Layout& layout, const Path& from);
  bool show(const Invocation& run, std::string_view what, double share);

  Layout layout_;
  sys::posix::LockFile lock_;
  sys::posix::FileSystem disk_;
  sys::posix::Clock clock_;
  sys::posix::Random random_;
  sandbox::Source source_;
  sys::posix::ProcessRunner processes_;
  std::optional<overlay::KernelMounts> mounts_;  ///< for the overlay backend
  std::optional<units::SystemWorkload>
      workload_;  ///< where this machine runs from what is switched
  std::unique_ptr<device::Agent> agent_;
  bool was_interrupted_ = false;
  std::string shown_;
  std::unique_ptr<Progress> progress_;
};

}  // namespace interlude::cli
