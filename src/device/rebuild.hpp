#pragma once
// From a payload to objects: the component's new files, rebuilt from old ones, each checked against
// the manifest's SHA-256 while it is written.

#include <cstdint>
#include <vector>

#include "device/store.hpp"

namespace interlude::device {

struct Rebuild {
  const improvement::Component* component = nullptr;
  std::vector<Path> old_files;  ///< what the payload refers to, in its order
  Path payload;
};

/// Makes the objects of all files that the component's payload rebuilds. They last when it returns.
/// Errors: Corrupt (the payload does not give these files), NoSpace, Cancelled (`go_on` said
/// false). Cost: linear in the old and new sizes; memory as delta::Limits says.
Status rebuild(sys::FileSystem& disk, const Store& store, const Rebuild& work, bool owners,
               const std::function<bool()>& go_on);

}  // namespace interlude::device
