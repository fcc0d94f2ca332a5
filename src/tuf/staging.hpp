#pragma once
// `staged/`: an act on its way to the public folder. Never served.
//
//   staged/metadata/V.ROLE.json   drafts, signed so far by whom they hold
//   staged/targets/…              files to publish, under their public names
//   staged/platforms.json         who signs later platform lists, where that changes
//
// It appears whole, by a rename from `staged.partial/`, and goes when all of it is announced. So it
// is also the publisher's journal: an act that was interrupted half-way into the public folder is
// still here, and is carried out again from the start, to the same end.

#include <optional>
#include <string>
#include <variant>

#include "crypto/digest.hpp"
#include "sys/file_system.hpp"
#include "tuf/act.hpp"

namespace interlude::tuf {

inline constexpr std::uint32_t kPublicFile = 0644;
inline constexpr std::uint32_t kPublicDirectory = 0755;

/// A file to publish.
struct NewTarget {
  std::string path;  ///< its name in the list
  std::variant<Bytes, Path> content;
  std::uint64_t length = 0;
  crypto::Sha256 digest;
  json::Value custom;  ///< null: none
};

/// DIRECTORY/SHA256.NAME below a folder of targets: how a file is published and asked for.
Path consistent_name(const std::string& path, const crypto::Sha256& digest);

class Staging {
 public:
  /// `directory` is the repository's.
  Staging(sys::FileSystem& disk, const Path& directory);

  bool present() const;
  /// Errors: Corrupt.
  Result<Act> load() const;

  /// Begins anew beside what is there: begin, put …, finish.
  Status begin();
  /// Corrupt where the content has another length or SHA-256 than said.
  Status put(const NewTarget& target);
  Status finish(const Act& act);

  /// Keeps what has been signed since.
  Status save(const Act& act);
  /// Moves the staged files into the public folder of targets; what was moved before stays.
  Status move_targets(const Path& public_targets);
  Status clear();

 private:
  Status write_act(const Path& directory, const Act& act);

  sys::FileSystem* disk_;
  Path final_;
  Path partial_;
};

/// {"keys","keyids","threshold"} in a file of its own.
Result<RoleKeys> read_role_keys(sys::FileSystem& disk, const Path& file);
Status write_role_keys(sys::FileSystem& disk, const Path& file, const RoleKeys& keys);

}  // namespace interlude::tuf
