#pragma once

#include <string_view>
#include <vector>

#include "improvement/manifest.hpp"

namespace interlude::publish {

/// What a Debian changelog says was fixed.
struct ChangelogFixes {
  std::vector<improvement::Advisory> advisories;  ///< id and description; one for each CVE
  bool found_start = false;  ///< whether the changelog has an entry for the older version
};

/// Reads the entries above that of `from_version`, newest first (only the first entry, where there
/// is none for it). A CVE is described by the item that names it. Where no item names any, there is
/// one advisory with all text, `SOURCE-VERSION` of the newest entry its id.
/// Source: Debian Policy 4.4.
ChangelogFixes fixes_since(std::string_view changelog, std::string_view from_version);

}  // namespace interlude::publish
