#pragma once
// What a generation shows: for each hierarchy it touches, a layer. In its folder:
//
//   hierarchies              one a line, in the order in which they are switched
//   layer/HIERARCHY/…        the changed files, with their directories

#include <string>
#include <vector>

#include "base/layout.hpp"
#include "sys/file_system.hpp"

namespace interlude::overlay {

struct View {
  std::string id;  ///< empty: the baseline
  std::vector<Path> hierarchies;

  bool operator==(const View&) const = default;
};

/// Where the layer for `hierarchy` is in the folder of a generation.
Path layer_in(const Path& generation, const Path& hierarchy);

/// Of generation `id`; of the baseline, the empty one. Errors: NotFound, Corrupt (a line that is no
/// canonical path).
Result<View> read_view(sys::FileSystem& disk, const Layout& layout, const std::string& id);

/// Writes it to the folder of a generation; nothing is synced.
Status write_view(sys::FileSystem& disk, const Path& generation, const View& view);

}  // namespace interlude::overlay
