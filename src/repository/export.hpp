#pragma once
// The part of a repository that one platform needs, as a folder to carry: file://OUT is a mirror
// for its devices.

#include <optional>
#include <string>

#include "tuf/repository.hpp"

namespace interlude::repository {

struct ExportWish {
  std::string platform;
  std::string baseline;       ///< empty: all of the platform
  bool every_letter = false;  ///< else the newest of each list
};

struct Exported {
  std::vector<std::string> lists;
  std::size_t files = 0;
  std::uint64_t bytes = 0;  ///< of everything
};

/// Copies every root, timestamp, snapshot, targets, what is said about rollouts, the lists wished
/// for and their files from `public_folder`, which announces `contents`, to `out`: in the order of publishing, the timestamp
/// last, so that a copy in the making is never trusted. `out` is new, empty or an earlier export
/// (Conflict else). NotFound where nothing is published for the platform.
Result<Exported> export_part(sys::FileSystem& disk, const Path& public_folder,
                             const tuf::Contents& contents, const ExportWish& wish,
                             const Path& out);

}  // namespace interlude::repository
