#pragma once
// The memory of the simulated disk: what is there now, and what a power cut would leave.
//
// Every inode exists twice: as programs see it (live) and as the medium holds it (durable). Syncing
// a file copies its content and metadata over. Names are another matter: each creation, removal or
// rename is one *change* that waits, in order, until its directory is synced. A change is atomic,
// as it is on every journalling file system, so a rename lasts whole or not at all; but a file's
// name can last while its content does not, which is how programs that forget a sync end up with
// empty files. Nothing here fails by itself: faults are sim/file_system.hpp's business.

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sys/file_system.hpp"

namespace interlude::sys::sim {

/// What of the unsynced state a power cut leaves.
enum class Survivors {
  OnlySynced,  ///< nothing of it
  Everything,  ///< all of it
  Random,      ///< for every change of a name and every file's content by a throw of dice
};

using InodeId = std::uint64_t;

struct Inode {
  FileType type = FileType::Regular;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::shared_ptr<const Bytes> content = std::make_shared<const Bytes>();
  std::string target;  ///< of a symbolic link
  std::map<std::string, Bytes> attributes;
  std::map<std::string, InodeId> entries;  ///< of a directory
  std::int64_t changed_ns = 0;             ///< of this world: the number of the operation
};

/// Where a path leads: a name in a directory, and the inode if there is one.
struct Place {
  InodeId directory = 0;
  std::string name;
  InodeId inode = 0;  ///< 0: nothing there
  Path path;          ///< absolute, without links
};

/// A copy is a snapshot; contents are shared between copies.
class Disk {
 public:
  Disk();

  enum class FinalLink { Follow, Keep };
  /// Errors as the operating system's: NotFound, Conflict (through a file, a circle of links).
  /// A missing last part is no error: the place has inode 0.
  Result<Place> find(std::string_view activity, const Path& path, FinalLink final_link) const;

  Inode& inode(InodeId id) { return live_.at(id); }
  const Inode& inode(InodeId id) const { return live_.at(id); }
  std::uint64_t links(InodeId id) const;
  /// Sum of the sizes of all files that have a name.
  std::uint64_t used_bytes() const;

  /// A new inode under a free name.
  InodeId create(const Place& place, Inode fresh);
  void link(const Place& place, InodeId id);
  void unlink(const Place& place);
  /// Moves the name; what `to` named before loses it. Both in one change.
  void rename(const Place& from, const Place& to);

  /// A file's content and metadata; a directory's names, and the links among them.
  void sync(InodeId id);
  void sync_below(InodeId directory);

  void cut_power(Survivors survivors, std::uint64_t seed);

 private:
  using Slot = std::pair<InodeId, std::string>;
  struct Change {
    InodeId home = 0;  ///< the directory whose sync makes it last
    std::vector<std::pair<Slot, InodeId>> slots;
  };

  void change(Change change);
  void set_entry(std::map<InodeId, Inode>& inodes, const Slot& slot, InodeId id) const;
  void sync_inode(InodeId id);
  void commit(const std::set<InodeId>& homes);
  void collect(InodeId id, std::set<InodeId>& found) const;
  void forget_unreachable();

  std::map<InodeId, Inode> live_;
  std::map<InodeId, Inode> durable_;
  std::vector<Change> pending_;
  InodeId next_ = 2;
};

}  // namespace interlude::sys::sim
