#pragma once

#include "publish/tree.hpp"

namespace interlude::publish {

/// Everything below `folder`. Does not follow links. A folder whose root does not belong to uid 0
/// was unpacked without privilege and keeps neither owners nor attributes: they are left out.
/// Errors: those of the disk; Invalid for names that are not canonical.
Result<Tree> scan_folder(sys::FileSystem& disk, const Path& folder);

}  // namespace interlude::publish
