#pragma once
// What programs see in the system's directories, as an interface: the kernel's mounts are one
// implementation (kernel_mounts.hpp), tests bring another. None of it lasts over a restart: the
// link `active` on disk says what should be seen, boot arming makes it so.
//
// A *hierarchy* is a directory that is shown as a whole: the baseline's, or an overlay of a
// generation's layer over it. It is named as files in a manifest are: "usr/lib/x86_64-linux-gnu".

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/path.hpp"

namespace interlude::overlay {

class Mounts {
 public:
  virtual ~Mounts() = default;

  /// While it lives nobody else changes mounts of ours.
  class Hold {
   public:
    virtual ~Hold() = default;
  };
  /// Waits a few seconds at most. Conflict where somebody else holds on to it.
  virtual Result<std::unique_ptr<Hold>> hold() = 0;
  /// Conflict, naming it, while a package manager is at work: the bare baseline stays in sight.
  virtual Status check_unleased() = 0;

  /// Whether somebody wants this boot to show the untouched baseline (`interlude.off` on the
  /// kernel's command line).
  virtual bool is_off() { return false; }
  /// Tells one boot from another; empty where that is not known.
  virtual std::string boot_id() { return ""; }

  /// Where the untouched baseline is read, whatever is shown over it: the folder that takes the
  /// place of the device's root. Made by the first call. Errors: Denied, Internal.
  virtual Result<Path> pin() = 0;

  /// Of "usr" and "opt", those that are file systems of their own, or read-only: there the whole is
  /// one hierarchy.
  virtual Result<std::vector<Path>> wholes() = 0;

  /// Hierarchies where something of ours is mounted.
  virtual Result<std::vector<Path>> hierarchies() = 0;

  /// The generation shown at `hierarchy`; empty where the baseline is.
  virtual Result<std::string> shown(const Path& hierarchy) = 0;

  /// Whether show() or, for an empty `id`, show_baseline() would be refused: Conflict, where
  /// something is mounted there that would be hidden or lost. The message says what and whose.
  virtual Status check(const Path& hierarchy, const std::string& id) = 0;

  /// Makes `hierarchy` show `layer` over the baseline, in one instant. `id` names the generation.
  /// Errors: as of check(). Nothing has changed after an error.
  virtual Status show(const Path& hierarchy, const std::string& id, const Path& layer) = 0;

  /// Makes `hierarchy` show the baseline, in one instant: a mount of the directory on itself, so
  /// that the next switch happens beneath it. Where nothing was mounted before, *arming*, it is
  /// writable. In the place of an overlay it is read-only as that was: services that may not write
  /// there (ProtectSystem=) see the new mount, and could. Never refused where something of ours is
  /// on.
  virtual Status show_baseline(const Path& hierarchy) = 0;

  /// Takes off every mount of ours at `hierarchy`, down to the bare directory. Never refused.
  virtual Status step_aside(const Path& hierarchy) = 0;

  /// Generations that some process may still see, in whichever mount namespace.
  virtual Result<std::set<std::string>> in_use() = 0;
};

}  // namespace interlude::overlay
