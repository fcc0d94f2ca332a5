#pragma once
// Builds what a generation lays over the baseline: for each hierarchy its changed files alone, with
// the directories that lead to them, and a whiteout for each path that goes.
//
// Directories of an overlay look as its upmost layer's do: each gets mode, owner and attributes of
// the baseline's.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "device/store.hpp"

namespace interlude::device {

class Layer {
 public:
  struct Options {
    Path baseline;             ///< the root that the baseline is read at
    std::vector<Path> wholes;  ///< overlay::Mounts::wholes
  };

  /// All are borrowed. `generation` is the folder to build in; it exists.
  Layer(sys::FileSystem& disk, const Store& store, const Improved& improved, Options options,
        Path generation);

  /// Writes the layers and the list of hierarchies; syncs nothing. Conflict where a change would
  /// turn a directory into something else or back, and where place_of() has none for a path.
  Status build();

  /// Every path that is to be there, as the layers have it. Corrupt, naming the first that differs.
  Status check() const;

 private:
  Status lay_out();
  Status put(const improvement::FileChange& change);
  Status put_content(const improvement::FileChange& change, const Path& to);
  Status hide(const improvement::FileChange& change);
  Result<bool> is_emptied(const Path& directory) const;
  Status make_parents(const Path& path);
  Status make_directory(const Path& path, const improvement::Entry& entry);
  Path at(const Path& path) const;

  sys::FileSystem* disk_;
  const Store* store_;
  Options options_;
  Path generation_;
  bool owners_ = false;
  std::map<Path, const improvement::FileChange*> changes_;
  std::set<Path> made_;
};

/// The hierarchy that shows `component`'s files, one for each path. Conflict, naming the first path
/// that lies in none, or in one that the baseline does not have as a directory.
Result<std::set<Path>> places_of(sys::FileSystem& disk, const Path& baseline,
                                 const std::vector<Path>& wholes,
                                 const improvement::Component& component);

}  // namespace interlude::device
