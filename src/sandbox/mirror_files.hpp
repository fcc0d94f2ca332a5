#pragma once
// Folders as mirrors (file://, the air gap). The verifier may not open files outside its fence, so
// the worker opens them for it: regular files below a configured folder, without following links,
// read by nobody but the verifier.

#include <vector>

#include "device/config.hpp"
#include "sandbox/channel.hpp"
#include "sys/file_system.hpp"

namespace interlude::sandbox {

/// The folders among the mirrors.
std::vector<Path> mirror_folders(const device::Config& config);

/// Denied for what does not lie below one of `folders`.
Result<sys::posix::UniqueFd> open_for_verifier(const std::vector<Path>& folders, const Path& file);

/// The other end: has the worker open `file`.
Result<std::unique_ptr<sys::ReadFile>> open_through(Channel& worker, const Path& file);

}  // namespace interlude::sandbox
