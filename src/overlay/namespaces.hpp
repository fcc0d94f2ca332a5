#pragma once
// What other processes see: the mount namespaces of this machine (mount_namespaces(7)).

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/path.hpp"

namespace interlude::overlay {

/// Whether this process sees the mounts that PID 1 sees. Conflict where it is in a namespace of its
/// own: what it mounts nobody else would see.
Status check_namespace();

/// Sources of all mounts of type overlay, in this and every other mount namespace that a process is
/// in, that start with `prefix`; without it. Cost as of masks_below().
Result<std::set<std::string>> overlays_in_use(std::string_view prefix);

/// A mount that some process sees strictly below a directory, in a mount namespace of its own.
struct Mask {
  std::string pid;
  std::string program;
  Path point;
};

/// Looks in every mount namespace but this process's for mounts below `directory`, where that is
/// the same directory there as here, and what is mounted on it here comes there, too. A mount put
/// on top of `directory` would hide them: they are what a service manager hides from a service
/// (InaccessiblePaths=, TemporaryFileSystem=, …).
/// Not counted: namespaces that a person without rights made in a user namespace of their own. What
/// such a person hides below a system directory everybody may read, and with it anybody could keep
/// every fix from a machine.
/// Cost: one table for each namespace.
Result<std::vector<Mask>> masks_below(const Path& directory);

}  // namespace interlude::overlay
