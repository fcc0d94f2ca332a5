#pragma once
// How a generation becomes what programs see. A backend builds it, switches to it in one atomic
// step, and says whether what is on is what it should be. `tree` (device/tree_backend.hpp) gives
// a directory; `overlay` (device/overlay_backend.hpp) shows system directories anew while programs
// run in them.

#include <memory>
#include <set>
#include <string>

#include "device/config.hpp"
#include "device/generation.hpp"
#include "device/store.hpp"
#include "overlay/mounts.hpp"
#include "overlay/switcher.hpp"

namespace interlude::device {

class Backend {
 public:
  virtual ~Backend() = default;

  /// Makes the baseline a generation and, where nothing is on yet, lets it be what is on.
  virtual Status initialise() = 0;

  /// Whether it can show `component`'s files. Conflict, naming the first that it cannot.
  virtual Status accepts(const improvement::Component& component) = 0;

  /// Builds generation `id` from the baseline and the store's objects, syncs it, reads every
  /// changed file again from the medium, and only then gives it its final name. Errors: NoSpace;
  /// Corrupt (a file read back differs); Conflict (the baseline holds something in the way).
  virtual Status prepare(const std::string& id, const Improved& improved) = 0;

  /// Reads every changed file of generation `id` from the medium. Corrupt, naming the first that
  /// differs from `improved`.
  virtual Status verify(const std::string& id, const Improved& improved) = 0;

  /// Makes `id` what is on: who looks sees the old generation or the new one, never a mixture, and
  /// it lasts. Works on a full disk.
  virtual Status switch_to(const std::string& id, overlay::Way way) = 0;

  /// The generation that is on.
  virtual Result<std::string> current() = 0;

  /// Makes what programs see agree with current(), where a kill or a start of the machine left them
  /// apart.
  virtual Status settle() = 0;

  /// Unavailable, saying why, while the bare baseline is in sight for somebody: who changes its
  /// files, or who wants this boot without ours. What is seen then says nothing of what is on.
  virtual Status check_in_sight() = 0;
  bool is_aside() { return !check_in_sight(); }
  /// Whether it is a package manager that the files are lent to: that ends soon.
  virtual bool is_leased() = 0;
  /// Whether the baseline's files below generation `id` may have changed since somebody looked at
  /// them, or nobody ever did: then it must not come into sight. Never where a generation holds
  /// all its files itself.
  virtual bool is_disturbed(const std::string& id) = 0;
  /// What the baseline's files below `improved` are, without reading them: taken before a look.
  virtual std::string look_below(const Improved& improved) = 0;
  /// Somebody has looked, after look_below() had said `seen`: generation `id` fits.
  virtual Status confirm(const std::string& id, const std::string& seen) = 0;

  /// Generations that some program may still see, which must stay on disk.
  virtual Result<std::set<std::string>> in_use() = 0;

  /// Reads, through the same path as programs do, every file of what is on. Corrupt, naming the
  /// first that differs from `improved`.
  virtual Status check(const Improved& improved) = 0;

  /// Bytes that prepare() will need on the store's file system, at most.
  virtual Result<std::uint64_t> space_for(const Improved& improved) = 0;

  /// The folder of what is on, links resolved.
  virtual Result<Path> active_tree() = 0;
};

/// The one that `config` names. All are borrowed; `mounts` is needed by the overlay backend alone.
std::unique_ptr<Backend> make_backend(sys::FileSystem& disk, Store& store, const Config& config,
                                      overlay::Mounts* mounts);

}  // namespace interlude::device
