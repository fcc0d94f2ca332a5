#pragma once
// The order of Debian's versions.

#include <compare>
#include <string_view>

namespace interlude::dpkg {

/// As dpkg orders them: epoch, upstream version, revision; "~" sorts before the end. Any text has a
/// place. Source: Debian Policy 5.6.12.
std::strong_ordering compare_versions(std::string_view left, std::string_view right);

}  // namespace interlude::dpkg
