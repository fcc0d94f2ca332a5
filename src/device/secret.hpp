#pragma once
// The device's rollout secret: 256 random bits that decide when its turn comes. It never leaves the
// device, nor does anything computed from it.

#include <optional>

#include "base/layout.hpp"
#include "rollout/bucket.hpp"
#include "sys/file_system.hpp"
#include "sys/random.hpp"

namespace interlude::device {

/// The one that is kept, or a new one. It is bound to /etc/machine-id and the machine's DMI UUID,
/// so that the copies of one image do not all have the same turn. Where nothing can be written it
/// is derived from those; where they are not known either there is none.
std::optional<rollout::Secret> rollout_secret(sys::FileSystem& disk, sys::Random& random,
                                              const Layout& layout);

}  // namespace interlude::device
