#pragma once
// Paths are plain strings. Paths that come from a publisher are *canonical*: relative to the root,
// no empty, "." or
// ".." part, no NUL or control byte, so that joining one to a root can never leave the root by name
// alone.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace interlude {

using Path = std::string;

/// `base` and `relative` with exactly one slash between; an empty `base` gives `relative`.
Path join(std::string_view base, std::string_view relative);
/// All before the last slash: "a/b" -> "a", "/a" -> "/", "a" -> ".".
Path parent_of(std::string_view path);
/// All after the last slash.
std::string file_name_of(std::string_view path);
/// `inner` is `outer` or below it, by name alone.
bool lies_within(std::string_view inner, std::string_view outer);

/// Invalid unless `path` is canonical as defined above, and at most 4096 bytes long.
Status check_canonical(std::string_view path);

/// A name made of letters, digits, '.', '_', '+', '-', '~', not starting with '.' or '-', 1 to 100
/// bytes long: what a platform, baseline, component or source may be called. `what` names the field
/// in the error.
Status check_name(std::string_view name, std::string_view what);

}  // namespace interlude
