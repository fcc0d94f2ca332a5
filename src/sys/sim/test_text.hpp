#pragma once
// For the tests of this folder.

#include <string>

#include "sys/sim/file_system.hpp"

namespace interlude::sys::sim {

/// What `file` holds, or the name of the error of reading it.
inline std::string text(FileSystem& disk, const Path& file) {
  const Result<Bytes> content = disk.read(file, 1U << 20U);
  return content ? to_text(*content) : std::string(name_of(content.error().kind()));
}

}  // namespace interlude::sys::sim
