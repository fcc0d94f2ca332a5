#pragma once
// /proc/PID/maps and /proc/PID/cgroup as values (proc(5), cgroups(7)). Pure: text in, values out.
// The text is the kernel's, the names in it are anybody's: nothing here is trusted to be well
// formed, and a line that is not is left out.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/path.hpp"

namespace interlude::running {

/// A file that a process has mapped.
struct Mapping {
  std::string range;  ///< "START-END", as in /proc/PID/map_files
  bool executable = false;
  std::uint64_t device = 0;  ///< as makedev(3) makes it
  std::uint64_t inode = 0;
  Path path;             ///< as the reading process would name it; "\\012" stands for a line's end
  bool deleted = false;  ///< the name is gone, or another file has it now

  bool operator==(const Mapping&) const = default;
};

/// The mappings of files; what has no file (heap, stack, vdso) is left out.
std::vector<Mapping> parse_maps(std::string_view text);

/// Who runs a process, as the service manager sees it.
struct Belonging {
  std::string unit;        ///< "nginx.service", "session-3.scope"; empty: of no unit
  std::uint32_t user = 0;  ///< whose session or user services it belongs to, where `of_person`
  bool of_person = false;  ///< below user.slice: a person's program, or one of their services

  bool operator==(const Belonging&) const = default;
};

Belonging parse_control_group(std::string_view text);

/// `name` for terminals and JSON: printable(), at most 100 bytes.
std::string shown(std::string_view name);

}  // namespace interlude::running
