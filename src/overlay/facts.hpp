#pragma once
// What the baseline's files below a generation were when the agent last looked, in a file "facts"
// of the generation's folder. A package manager replaces files; where it replaced one of these, the
// generation must not be laid over it before the agent has looked again. Inode, size and time of
// change tell without reading a byte, and so without a hash in the guard; the agent goes by hashes.
// It takes the facts before it reads the first file, and keeps them when it has read the last: then
// they hold no longer once a file was replaced meanwhile, or later.

#include <string>
#include <vector>

#include "base/layout.hpp"
#include "sys/file_system.hpp"

namespace interlude::overlay {

/// What `paths` below `baseline` are now.
std::string take_facts(sys::FileSystem& disk, const Path& baseline, const std::vector<Path>& paths);

/// Keeps them with the generation `id`. Durable.
Status keep_facts(sys::FileSystem& disk, const Layout& layout, const std::string& id,
                  const std::string& facts);

/// Whether there are facts about `id`, and they do not hold any more.
bool facts_are_broken(sys::FileSystem& disk, const Layout& layout, const Path& baseline,
                      const std::string& id);

/// Whether there are facts about `id`, and they hold still.
bool facts_hold(sys::FileSystem& disk, const Layout& layout, const Path& baseline,
                const std::string& id);

}  // namespace interlude::overlay
