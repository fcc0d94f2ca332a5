#pragma once
// Which directory is shown as a whole so that a file changes: as narrow as packages own one, so
// that everything beside it stays writable and what a service manager hides elsewhere stays hidden.

#include <optional>
#include <string_view>
#include <vector>

#include "sys/file_system.hpp"

namespace interlude::overlay {

/// "usr/lib/x86_64-linux-gnu" of "usr/lib/x86_64-linux-gnu/libssl.so.3", "usr/sbin" of
/// "usr/sbin/nginx", "opt/app" of "opt/app/bin/run"; a whole ("usr") where `wholes` has it. Nothing
/// for a path that lies directly in a directory of many packages' (usr/lib/os-release), in
/// usr/local, or outside usr and opt.
std::optional<Path> hierarchy_of(std::string_view path, const std::vector<Path>& wholes);

/// Libraries before programs: a new program may need a new library, never the other way round.
bool comes_before(const Path& left, const Path& right);

/// Those armed at boot, whatever is on: the directories of system libraries and programs that
/// `root` has; a whole in place of what is in it.
std::vector<Path> armed_at_boot(sys::FileSystem& disk, const Path& root,
                                const std::vector<Path>& wholes);

}  // namespace interlude::overlay
