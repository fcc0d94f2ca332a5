#pragma once
// Makes a root a device: configuration, trusted root, generation "baseline".

#include "device/config.hpp"

namespace interlude::device {

struct Provisioning {
  Config config;         ///< `tree` may be relative; it is made absolute, links resolved
  Bytes trusted_root;    ///< the repository's root metadata, from a trustworthy place
  bool replace = false;  ///< also where the root is a device already: it starts anew
};

/// What can be refused is refused before anything is written. The order leaves a root that is not
/// yet a device until the last step. The baseline's folder is only read. Errors: Conflict (a device
/// already), Invalid (baseline is no folder, or device and baseline lie within each other), Corrupt
/// or Untrusted (the trusted root).
Status provision(sys::FileSystem& disk, const Layout& layout, const Provisioning& wanted);

}  // namespace interlude::device
