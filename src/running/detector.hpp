#pragma once
// Which processes still run code that is no longer what is on disk.
//
// The usual way to tell, "(deleted)" in /proc/PID/maps, is blind where files change because
// another tree is mounted over them: nothing is deleted. And numbers do not identify a file: the
// inode shown is the underlying file's, the device that file's or the mount's own, by kernel; going
// to another generation and back gives the same inode on a new device. So a mapping is resolved to
// its *content*: by device and inode where both are those of a file whose content is known, else
// by the build-id read out of the mapping itself (/proc/PID/map_files), else by its hash. Nor does
// a path: it is told from the root of the mount, which may not be attached anywhere any more.
//
// Nothing of a process that is looked at is executed, and nothing of it is believed beyond what the
// kernel says. Processes with another root directory (containers, chroots) are counted only: the
// same path is another file there. One needs the superuser's rights to see other people's.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/path.hpp"
#include "crypto/digest.hpp"
#include "running/maps.hpp"

namespace interlude::running {

/// A file whose content is known.
struct Version {
  crypto::Sha256 digest;
  Path file;  ///< where its bytes lie
};

/// A path that programs are loaded from.
struct Watched {
  Path path;  ///< as processes name it, absolute
  /// Further names in mappings: where the mount that a file was mapped through was taken off since,
  /// the kernel names it from that mount's own root. Such a name may be any file's; it counts only
  /// where the content is one of `versions`.
  std::vector<Path> also = {};
  std::optional<crypto::Sha256> wanted;  ///< what is there now; nothing: deleted
  std::vector<Version> versions;         ///< what has been there
};

struct Process {
  int pid = 0;
  std::string program;  ///< shown()
  std::uint32_t uid = 0;
  std::string user;  ///< its name, or the number again
  Belonging belongs;
  std::vector<Path> old;   ///< watched paths of which it runs other code than `wanted`
  std::vector<Path> maps;  ///< all watched paths that it maps as code, in whatever version
};

struct Findings {
  std::vector<Process> processes;  ///< those that map any watched path, by pid
  std::size_t looked_at = 0;
  std::size_t elsewhere = 0;   ///< with another root directory
  std::size_t unreadable = 0;  ///< not ours to look into, or what they map could not be read
};

struct World {
  Path proc = "/proc";
  Path root = "/";
  /// A process that is left out, with those it started: the one that asks. They end with it.
  int except = 0;
};

/// Processes that end meanwhile are left out. Errors: only where `proc` cannot be listed. Cost: one
/// read of each process's maps, and of each version of a file once.
Result<Findings> look(const World& world, std::span<const Watched> watched);

}  // namespace interlude::running
