#pragma once
// Whether a tree holds what a generation wants: every changed file, its kind, content and metadata.

#include "device/generation.hpp"
#include "sys/file_system.hpp"

namespace interlude::device {

enum class Reading {
  FromMedium,  ///< past the cache
  Cached,
};

/// Corrupt, naming the first file below `root` that differs from what `improved` wants. Cost: reads
/// and hashes every changed file.
Status check_files(sys::FileSystem& disk, const Path& root, const Improved& improved,
                   Reading reading);

/// One of them.
Status check_file(sys::FileSystem& disk, const Path& root, const improvement::FileChange& change,
                  bool with_owner, Reading reading);

}  // namespace interlude::device
