#pragma once
// Makes a root a device: configuration, trusted root, generation "baseline".

#include "device/config.hpp"

namespace interlude::device {

struct Provisioning {
  /// `tree` may be relative; it is made absolute, links resolved. Where `tree`, `platform` or
  /// `baseline_version` are empty, load_defaults() must know them, and says them ever after.
  Config config;
  Bytes trusted_root;    ///< the repository's root metadata, from a trustworthy place
  bool replace = false;  ///< also where the root is a device already: it starts anew
};

/// What can be refused is refused before anything is written. The order leaves a root that is not
/// yet a device until the last step. The baseline's folder is only read. Errors: Conflict (a device
/// already), Invalid (baseline is no folder, or device and baseline lie within each other), Corrupt
/// or Untrusted (the trusted root).
Status provision(sys::FileSystem& disk, const Layout& layout, const Provisioning& wanted);

/// The largest root metadata that anybody provisions a device with.
inline constexpr std::uint64_t kLargestRoot = 1ULL << 20U;

/// Whether the device has anything to remember; false where only its two files are there.
bool is_set_up(sys::FileSystem& disk, const Layout& layout);

/// For a device that was provisioned by putting two files there, agent.toml and trusted-root.json:
/// everything else that provision() makes. Does nothing where is_set_up(). Call it with the
/// device's lock held. Killed half-way it is done again. Errors: NotFound (no trusted root), and as
/// provision().
Status set_up_from_files(sys::FileSystem& disk, const Layout& layout, const Config& config);

}  // namespace interlude::device
