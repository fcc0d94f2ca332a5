#pragma once

#include <vector>

#include "publish/tree.hpp"

namespace interlude::publish {

/// The packages that a folder's own dpkg database says are installed, with their scripts and
/// triggers; none where it has no database. Errors: those of reading.
Result<std::vector<Package>> read_installed(const Tree& folder);

}  // namespace interlude::publish
