#pragma once

#include <functional>

#include "sys/file_system.hpp"

namespace interlude::publish {

/// Fills `directory` whole or not at all: `fill` writes into DIRECTORY.partial, which is synced and
/// then renamed; where it fails, nothing is left. `directory` must not exist or must be empty
/// (Conflict). A DIRECTORY.partial of an interrupted run is removed first.
Status write_directory(sys::FileSystem& disk, Path directory,
                       const std::function<Status(const Path& partial)>& fill);

/// What write_directory() will ask for, to be checked before long work.
Status check_free(sys::FileSystem& disk, const Path& directory);

}  // namespace interlude::publish
