#pragma once
// How a process locks itself in, for good: nothing here can be undone by it.

#include <optional>

#include "sandbox/account.hpp"
#include "sandbox/landlock.hpp"
#include "sandbox/system_calls.hpp"

namespace interlude::sandbox {

struct Confinement {
  Role role = Role::Fetcher;
  std::optional<Account> account;  ///< none: it keeps its own
  Path root;                       ///< becomes "/" where the process may; else where it works in
  Fence fence;
};

/// In this order: no new privileges, Landlock, root directory, no groups, the account, no core
/// dumps, no debugger, death with the parent, and last the system calls. Afterwards relative paths
/// start at `root`.
Status confine(const Confinement& confinement, pid_t parent);

}  // namespace interlude::sandbox
