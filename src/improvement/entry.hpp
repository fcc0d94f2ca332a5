#pragma once
// What one path of a tree is: content, kind and metadata as one comparable value. The builder
// compares two trees with it, the device compares its own files with what a manifest expects.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "crypto/digest.hpp"
#include "sys/file_system.hpp"

namespace interlude::improvement {

enum class EntryKind { Regular, Symlink, Directory };

inline constexpr std::uint32_t kLinkMode = 0777;

struct Entry {
  EntryKind kind = EntryKind::Regular;
  std::uint32_t mode = 0644;  ///< 07777; always kLinkMode for links
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::map<std::string, Bytes> attributes;  ///< those for which is_kept_attribute() holds
  std::uint64_t size = 0;                   ///< regular files
  crypto::Sha256 digest;                    ///< regular files: SHA-256 of the content
  std::string target;                       ///< symbolic links

  bool operator==(const Entry&) const = default;
};

/// The extended attributes the product keeps: security.capability and user.*
bool is_kept_attribute(std::string_view name);

/// What is at `root`/`path` now; nullopt if nothing is. Every directory part of `path` must be a
/// real directory, not a symbolic link: Denied otherwise, as for devices, sockets and pipes (`path`
/// must be canonical, else Invalid). Cost: reads and hashes the whole file.
Result<std::optional<Entry>> observe(sys::FileSystem& disk, const Path& root, const Path& path);

/// For a person: "a symbolic link to \"x\"", "a file with SHA-256 …".
std::string describe(const Entry& entry);

/// How a found entry departs from the expected one, in words for a person.
struct Difference {
  std::string expected;
  std::string found;
};

/// nullopt where the two agree. Owner and extended attributes count only `with_owner`: who unpacks
/// a tree without privilege can keep neither.
std::optional<Difference> difference(const Entry& expected, const Entry& found, bool with_owner);

/// Whether a path that was `before` gets a setuid or setgid bit that it did not have, or that now
/// stands for another owner.
bool gains_privilege(const std::optional<Entry>& before, const Entry& after);

/// Whether owners in the tree at `root` mean anything: they do where the root directory itself
/// belongs to uid 0. A tree unpacked by an ordinary user belongs to that user throughout.
Result<bool> keeps_owners(sys::FileSystem& disk, const Path& root);

}  // namespace interlude::improvement
