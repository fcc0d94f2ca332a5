#pragma once

#include <string_view>

#include "base/path.hpp"

namespace interlude::serve {

/// The canonical path that a request's target ("/a%20b?c") names, relative to the served folder; of
/// a folder ("/a/"), its index.html. NotFound for everything that names no file: another form than
/// an absolute path, a malformed escape, a part "..".
Result<Path> path_of(std::string_view target);

}  // namespace interlude::serve
