#pragma once
// What a repository announces, read back: each improvement as it was signed.

#include <vector>

#include "improvement/manifest.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "tuf/contents.hpp"

namespace interlude::repository {

struct Announced {
  improvement::Manifest manifest;
  sys::Time published_at;
  bool needs_rollout = false;  ///< its list says that nobody installs without rollout data
};

/// All improvements that `contents` announces, from the files in `public_folder`, in the order of
/// lists and paths. Errors: those of the disk; Corrupt (a manifest is not what its list says).
Result<std::vector<Announced>> read_announced(sys::FileSystem& disk, const Path& public_folder,
                                              const tuf::Contents& contents);

}  // namespace interlude::repository
