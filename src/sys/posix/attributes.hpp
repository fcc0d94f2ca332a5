#pragma once

#include <map>
#include <string>

#include "base/bytes.hpp"
#include "base/path.hpp"

namespace interlude::sys::posix {

/// Extended attributes, without following a final link; empty where the file system has none.
Result<std::map<std::string, Bytes>> read_attributes(const Path& path);
Status write_attribute(const Path& path, const std::string& name, ByteView value);

}  // namespace interlude::sys::posix
