#pragma once
// The kernel's calls for mounts, one function each: fsopen(2), fsmount(2), open_tree(2),
// move_mount(2), mount_setattr(2), umount2(2). Not all are in Debian's headers. Errors: as
// errno_error().

#include <cstdint>
#include <string>
#include <vector>

#include "base/path.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::overlay {

using sys::posix::UniqueFd;

/// A directory, to be named in other calls; a final link is not followed.
Result<UniqueFd> open_directory(const Path& directory);

/// What is at `directory`, without or with what is mounted below it, as a mount attached nowhere
/// yet. It shares no events with the one it was taken from.
enum class Submounts { Without, With };
Result<UniqueFd> clone_tree(const Path& directory, Submounts submounts = Submounts::Without);

struct OverlayOptions {
  std::string source;          ///< what the table of mounts shows as its source
  std::vector<int> layers;     ///< directories, the upmost first; at least two
  std::uint64_t attributes{};  ///< MOUNT_ATTR_*: read-only goes without saying
};
/// A read-only overlay, attached nowhere yet.
Result<UniqueFd> make_overlay(const OverlayOptions& options);

/// Read-only, no setuid programs, no devices.
Status confine(const UniqueFd& mount);
/// Exactly `attributes` (MOUNT_ATTR_RDONLY, _NOSUID, _NODEV, _NOEXEC), whatever the mount had.
Status set_exactly(const UniqueFd& mount, std::uint64_t attributes);

/// On top of what is at `directory`.
Status attach(const UniqueFd& mount, const Path& directory);
/// Beneath the topmost mount at `directory`, which must be one: nobody sees a change. From 6.5 on.
Status attach_beneath(const UniqueFd& mount, const Path& directory);
/// Whether this kernel knows how to attach beneath. Changes nothing.
bool can_attach_beneath();

/// Takes off the topmost mount at `directory`; who has files in it open keeps them.
Status detach(const Path& directory);

/// Mounts `directory` on itself so that nothing mounted below it is seen in other namespaces.
Status make_private_place(const Path& directory);

}  // namespace interlude::overlay
