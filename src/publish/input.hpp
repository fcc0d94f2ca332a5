#pragma once

#include <string>
#include <vector>

#include "publish/tree.hpp"

namespace interlude::publish {

/// The baseline and what it becomes, at canonical paths.
struct Sides {
  Tree baseline;
  Tree patched;
};

/// Reads both sides. Each is one folder, or any number of .deb files; packages can patch a folder,
/// a folder cannot patch packages. Paths of a folder's tree and of packages that patch it go
/// through the folder's own directory links; packages alone are taken to be of a Debian 12, whose
/// /lib … are links into /usr.
/// Errors: NotFound, Corrupt, Invalid (which names what to do), Conflict (two packages with one
/// file).
Result<Sides> read_sides(sys::FileSystem& disk, const std::vector<Path>& baseline,
                         const std::vector<Path>& patched);

}  // namespace interlude::publish
