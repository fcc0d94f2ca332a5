#pragma once

#include <string_view>

#include "base/path.hpp"

namespace interlude::sys {

/// The error of a call on a path: "ACTIVITY PATH: reason". As errno_error, and Conflict where
/// something else is at that path (EEXIST, ENOTEMPTY, EISDIR, ENOTDIR, ELOOP) or uses it (EBUSY,
/// ETXTBSY).
Error path_error(std::string_view activity, const Path& path, int number);
/// The same, from `errno`.
Error path_error(std::string_view activity, const Path& path);

}  // namespace interlude::sys
