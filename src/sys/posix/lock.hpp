#pragma once

#include "base/path.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::sys::posix {

/// Held by one process at a time; let go of when destroyed or when the process ends, however it
/// ends. The file stays: removing it would let two processes hold two files of one name.
class LockFile {
 public:
  /// Does not wait. Conflict ("PATH is held by process N") where another process, or another
  /// LockFile of this one, holds it. The directory must exist.
  static Result<LockFile> acquire(const Path& file);

 private:
  explicit LockFile(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace interlude::sys::posix
