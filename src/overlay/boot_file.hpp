#pragma once
// What the boot guard goes by: var/lib/interlude/boot, lines KEY=VALUE. A generation is *trying*
// until one boot with it came through; until then every boot counts.

#include <string>

#include "base/layout.hpp"
#include "sys/file_system.hpp"

namespace interlude::overlay {

struct BootFile {
  std::string generation;  ///< that this is about
  std::string previous;    ///< the one to go back to
  unsigned tries = 0;      ///< boots begun with it
  bool good = false;       ///< one came through
  std::string failed;      ///< a generation that the guard took back
  std::string why;         ///< and for what reason
  /// A generation that a person had the guard remove, until the agent has heard of it.
  std::string removed = {};
  /// The boot that was counted last (Mounts::boot_id): it counts once.
  std::string counted = {};

  bool operator==(const BootFile&) const = default;
};

/// Empty where there is no such file, or it cannot be read: then nothing is known of any boot.
BootFile read_boot_file(sys::FileSystem& disk, const Layout& layout);
Status write_boot_file(sys::FileSystem& disk, const Layout& layout, const BootFile& boot);

}  // namespace interlude::overlay
