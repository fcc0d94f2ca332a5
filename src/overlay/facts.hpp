#pragma once
// What the baseline's files were when the agent last saw a generation laid over them, in a file
// "facts" of the generation's folder. A package manager replaces files; where it replaced one of
// these, the generation must not come back over it before the agent has looked. Inode, size and time of change tell without reading a byte,
// and so without a hash in the guard; the agent goes by hashes.

#include <string>
#include <vector>

#include "base/layout.hpp"
#include "sys/file_system.hpp"

namespace interlude::overlay {

/// Looks at `paths` below `baseline` and keeps what it saw, with the generation `id`.
Status write_facts(sys::FileSystem& disk, const Layout& layout, const Path& baseline,
                   const std::string& id, const std::vector<Path>& paths);

/// Whether there are facts about `id`, and they do not hold any more. A generation without is one
/// that never was on.
bool facts_are_broken(sys::FileSystem& disk, const Layout& layout, const Path& baseline,
                      const std::string& id);

/// Whether there are facts about `id`, and they hold still.
bool facts_hold(sys::FileSystem& disk, const Layout& layout, const Path& baseline,
                const std::string& id);

}  // namespace interlude::overlay
