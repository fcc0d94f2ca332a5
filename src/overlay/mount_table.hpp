#pragma once
// What is mounted where: /proc/PID/mountinfo as values (proc(5), "mountinfo"). Pure but for the
// reading.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/path.hpp"

namespace interlude::overlay {

struct Mount {
  std::uint64_t id = 0;
  std::uint64_t parent = 0;
  std::string device;   ///< "major:minor"
  Path root;            ///< what of its file system is mounted
  Path point;           ///< where, as the reading process sees it
  std::string options;  ///< of the mount: "rw,nosuid,relatime"
  std::string type;     ///< of its file system
  std::string source;
  bool follows = false;  ///< what is mounted on its peer or master is mounted here, too

  bool operator==(const Mount&) const = default;
};

/// Corrupt, naming the line, where a line is not of the kernel's form.
Result<std::vector<Mount>> parse_mount_table(std::string_view text);

/// The mounts exactly at `point`, the one that is seen last.
std::vector<Mount> stack_at(const std::vector<Mount>& table, std::string_view point);

/// Mounts strictly below `directory`.
std::vector<Mount> below(const std::vector<Mount>& table, std::string_view directory);

/// The mount that `path` lies in, not counting those exactly at it; null if there is none.
const Mount* around(const std::vector<Mount>& table, std::string_view path);

/// Whether this process sees the mounts that PID 1 sees. Conflict where it is in a namespace of its
/// own: what it mounts nobody else would see.
Status check_namespace();

/// The table of this process.
Result<std::vector<Mount>> read_mount_table();

/// A mount that some process sees strictly below a directory, in a mount namespace of its own.
struct Mask {
  int pid = 0;
  std::string program;
  Path point;
};

/// Of `options`, those that restrict: MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC.
std::uint64_t restrictions_of(const Mount& mount);

/// Sources of all mounts of type overlay, in this and every other mount namespace that a process is
/// in, that start with `prefix`; without it. Cost as of masks_below().
Result<std::set<std::string>> overlays_in_use(std::string_view prefix);

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
