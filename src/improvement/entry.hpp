#pragma once
// What one path of a tree is: content, kind and metadata as one comparable value. The builder
// compares two trees with it, the device compares its own files with what a manifest expects.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "crypto/digest.hpp"
#include "sys/file_system.hpp"

namespace interlude::improvement {

enum class EntryKind { Regular, Symlink, Directory };

struct Entry {
  EntryKind kind = EntryKind::Regular;
  std::uint32_t mode = 0644;  ///< 07777; always 0777 for links
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::map<std::string, Bytes>
      attributes;          ///< extended attributes the product keeps: security.capability, user.*
  std::uint64_t size = 0;  ///< regular files
  crypto::Sha256 digest;   ///< regular files: SHA-256 of the content
  std::string target;      ///< symbolic links

  bool operator==(const Entry&) const = default;
};

/// What is at `root`/`path` now; nullopt if nothing is. Every directory part of `path` must be a
/// real directory, not a symbolic link: Denied otherwise, as for devices, sockets and pipes (`path`
/// must be canonical, else Invalid).
Result<std::optional<Entry>> observe(sys::FileSystem& disk, const Path& root, const Path& path);

}  // namespace interlude::improvement
