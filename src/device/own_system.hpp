#pragma once
// What a device can tell of itself: which operating system its root holds, in the words that
// publishers use for platforms and baselines.

#include <string>

#include "base/layout.hpp"
#include "sys/file_system.hpp"

namespace interlude::device {

/// Empty where the system does not say it, or says it in a form that is no name of ours.
struct OwnSystem {
  std::string platform;          ///< "debian-12-x86_64": ID and VERSION_ID of os-release, processor
  std::string baseline_version;  ///< Debian: all of debian_version, "12.11"; others: VERSION_ID
};

/// Reads etc/os-release (or usr/lib/os-release) and etc/debian_version below the device's root. The
/// processor is the one this program was built for: that is the package's architecture.
OwnSystem read_own_system(sys::FileSystem& disk, const Layout& layout);

}  // namespace interlude::device
