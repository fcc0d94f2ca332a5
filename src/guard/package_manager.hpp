#pragma once
// While a package manager works, the bare baseline is in sight: it must see and change its own
// files, not what is laid over them.

#include <string>
#include <vector>

#include "base/layout.hpp"
#include "base/result.hpp"

namespace interlude::guard {

/// dpkg's `pre-invoke`: steps aside for the dpkg that runs this. Never keeps it from working: what
/// goes wrong is said and that is all. A process stays behind that comes back when all is over.
Status before_packages(const Layout& layout);

/// apt's `DPkg::Pre-Invoke`, the first of them: the same, for as long as apt holds its lock. Hooks
/// that remount a read-only file system find the bare one.
Status before_apt(const Layout& layout);

/// dpkg's `post-invoke`: a hint that dpkg is done, nothing more; it does not come where dpkg died.
Status after_packages(const Layout& layout);

/// Waits until no package manager is at work, then shows again what was on: unless files below it
/// were replaced, then the agent is asked to look.
Status come_back(const Layout& layout);

/// Steps aside, runs `command`, comes back. Its exit code, 128 + N where signal N ended it.
Result<int> unlocked(const Layout& layout, const std::vector<std::string>& command);

}  // namespace interlude::guard
