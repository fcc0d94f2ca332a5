#pragma once
// What is mounted where: /proc/PID/mountinfo as values (proc(5), "mountinfo"). Pure but for the
// reading.

#include <cstdint>
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

/// The table of a process, by its folder; of this one where none is given.
Result<std::vector<Mount>> read_mount_table(const Path& process = "/proc/self");

/// Of `options`, those that restrict: MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC.
std::uint64_t restrictions_of(const Mount& mount);

}  // namespace interlude::overlay
