#pragma once
// Builds the tree of one generation: the baseline's files with an improvement's changes.

#include <map>
#include <string>

#include "device/store.hpp"

namespace interlude::device {

class Farm {
 public:
  struct Options {
    Path baseline;
    bool hard_links = false;  ///< link unchanged files instead of cloning them
  };

  /// All are borrowed. `root` is the tree to build; it must not exist.
  Farm(sys::FileSystem& disk, const Store& store, const Improved& improved, Options options,
       Path root);

  /// Writes the whole tree; syncs nothing. Conflict where the baseline holds something that cannot
  /// be carried over, or a change would turn a directory into something else.
  Status build();

 private:
  Status carry_over(const Path& path, const sys::FileInfo& info);
  Status carry_over_file(const Path& path);
  Status make_directory(const Path& path, std::uint32_t mode);
  Status apply(const improvement::FileChange& change);
  Status put(const Path& path, const improvement::FileChange& change);
  Status drop_directories();
  Status finish_directories();
  Path at(const Path& path) const;  ///< "" is the tree itself
  Status own(const Path& path, std::uint32_t uid, std::uint32_t gid);

  sys::FileSystem* disk_;
  const Store* store_;
  Options options_;
  Path root_;
  bool owners_ = false;
  std::map<Path, const improvement::FileChange*> changes_;
  std::map<Path, std::uint32_t> directory_modes_;
};

/// Whether files that we make below `directory` can and should have the owners that the baseline's
/// have: both trees belong to root.
Result<bool> carries_owners(sys::FileSystem& disk, const Path& baseline, const Path& directory);

/// Gives the file `path` the mode and, with `owners`, the owner and extended attributes of `entry`.
Status dress(sys::FileSystem& disk, const Path& path, const improvement::Entry& entry, bool owners);

}  // namespace interlude::device
