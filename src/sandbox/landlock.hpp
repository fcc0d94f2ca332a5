#pragma once
// Landlock: the kernel's own fence around files (Linux 5.13) and TCP (6.7), which a process puts up
// around itself.

#include <vector>

#include "base/path.hpp"

namespace interlude::sandbox {

/// What stays possible; everything else that this kernel's Landlock knows about is not.
struct Fence {
  std::vector<Path> readable;  ///< files below may be read and run
  std::vector<Path> writable;  ///< files below may be read, made, written, renamed and removed
  bool connects = false;       ///< TCP connections may be made
};

/// The kernel's version of Landlock; 0 where it has none, or where it is switched off.
int landlock_version();

/// Does nothing where there is no Landlock. Paths that do not exist are left out. Needs
/// no_new_privs.
Status put_up(const Fence& fence);

}  // namespace interlude::sandbox
