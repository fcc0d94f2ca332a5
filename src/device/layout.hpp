#pragma once
// The layout's names as the device's modules know them.

#include "base/layout.hpp"

namespace interlude::device {

using interlude::kBaseline;
using interlude::kDirectoryMode;
using interlude::kFileMode;
using interlude::kPartial;
using interlude::Layout;

}  // namespace interlude::device
