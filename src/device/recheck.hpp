#pragma once
// The system's own files changed under what is on: a package was upgraded, or a new baseline came.
// Each component is judged anew. One whose files are as they were stays on. One that the system has
// caught up with is *retired*: its package is not below the fixed version, or its files are the
// fixed ones. Any other is vulnerable again, and people are told.

#include "device/generation.hpp"
#include "sys/file_system.hpp"

namespace interlude::device {

/// The generation that fits the baseline at `tree` now; equal to that of `improved` where nothing
/// changed. `root` is where dpkg's files are. Cost: reads and hashes every file of what is on.
Result<Generation> reconsider(sys::FileSystem& disk, const Path& root, const Path& tree,
                              const Improved& improved);

/// What became of the components that were on and are not any more, as a sentence.
std::string describe_retired(const Generation& before, const Generation& after);

}  // namespace interlude::device
