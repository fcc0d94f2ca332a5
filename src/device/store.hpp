#pragma once
// What the device keeps below var/lib/interlude: objects (one file per content and metadata, shared
// by generations), generations (complete, immutable), and incoming downloads.
//
// Everything with its final name is whole: it was written under NAME.partial, synced, renamed, and
// the directory synced. What start-up finds under a partial name is swept away, so a power cut
// costs work, never correctness.

#include <set>
#include <string>
#include <vector>

#include "base/layout.hpp"
#include "device/generation.hpp"

namespace interlude::device {

class Store {
 public:
  Store(sys::FileSystem& disk, Layout layout) : disk_(&disk), layout_(std::move(layout)) {}

  const Layout& layout() const { return layout_; }

  /// Creates the directories that are missing.
  Status prepare();

  /// Where the object for a regular file with this content *and* metadata is, or belongs.
  Path object(const improvement::Entry& entry) const;
  bool has_object(const improvement::Entry& entry) const;

  /// The description of generation `id`; NotFound if there is none. Not for the baseline.
  Result<Improved> generation(const std::string& id) const;
  bool has_generation(const std::string& id) const;
  /// Names of the complete generations, the baseline included.
  Result<std::vector<std::string>> generations() const;

  /// Writes the description of a generation into `directory` (not synced).
  Status describe(const Improved& improved, const Path& directory);

  /// Removes what has a partial name, except in incoming/.
  Status sweep();
  /// Removes every generation that is not in `kept`, and every object that no generation uses: it
  /// has no second link. The baseline always stays.
  Status collect(const std::set<std::string>& kept);
  /// Removes one generation, which must not be on.
  Status remove_generation(const std::string& id);
  /// Removes the objects of what is on in `improved`: one of them turned out damaged.
  Status discard_objects(const Improved& improved);
  /// Removes all downloads, complete or not.
  Status clear_downloads();

 private:
  Status remove_unused_objects();

  sys::FileSystem* disk_;
  Layout layout_;
};

/// The regular files that a component's payload rebuilds, as wanted.
std::vector<const improvement::Entry*> rebuilt_entries(const improvement::Component& component);

}  // namespace interlude::device
