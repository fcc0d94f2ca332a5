#pragma once
// From an offer to a complete generation on disk: which components concern this device, which
// payloads it takes, the files rebuilt, the tree built.

#include <functional>
#include <optional>
#include <vector>

#include "device/backend.hpp"
#include "device/config.hpp"
#include "device/decide.hpp"
#include "device/holds.hpp"
#include "device/intake.hpp"
#include "device/journal.hpp"
#include "device/store.hpp"

namespace interlude::device {

/// Hears what long work does ("fetching", "rebuilding") and its share done; false stops it.
using ProgressListener = std::function<bool(std::string_view what, double share)>;

/// What an offer comes to on this device.
struct Composition {
  Improved improved;
  /// Components that a person asked for and that must be left alone: named ones that were modified
  /// locally or whose package is on hold, and any that is reached only through a symbolic link.
  /// Empty if there is none.
  std::string refused;
  ErrorKind refused_as = ErrorKind::Conflict;
  /// Why all of it waits: a component that is on would change, and its package is on hold. A
  /// generation has one letter, so the old one cannot stay beside the new others.
  std::string held;
};

/// Decides each component of `offer`: applicable to the baseline at `tree`, possible for `backend`,
/// wanted by `request`, or on already with the same letter in `active`; `holds` keeps it as it is.
/// Errors: NotFound (a named component is not in the improvement; the message names those that are).
Result<Composition> compose(sys::FileSystem& disk, const Path& tree, Backend& backend,
                            const Offer& offer, const Request& request,
                            const std::optional<Improved>& active, const Holds& holds);

class Installation {
 public:
  /// All are borrowed.
  struct Parts {
    sys::FileSystem& disk;
    Store& store;
    Backend& backend;
    Intake& intake;
    Journal& journal;
    const Listing& listing;
    const Improved& improved;  ///< all that is rebuilt
    /// What is built of it: the generation of the plan, and the one for later where there is one.
    std::vector<const Improved*> generations;
    const std::optional<Improved>& active;
    Path baseline_tree;
    ProgressListener progress;
  };

  explicit Installation(Parts parts) : parts_(std::move(parts)) {}

  /// Fetches, rebuilds and builds. Where a payload does not give the right files the next larger
  /// one is tried, at last the full one. On failure the device waits, with the reason.
  Result<Staged> carry_on(Fetching now);

 private:
  struct Choice {
    const improvement::Payload* payload = nullptr;
    std::vector<Path> old_files;
  };
  /// One component to rebuild. `choices` are ordered, the smallest download first.
  struct Job {
    const improvement::Component* component = nullptr;
    std::vector<Choice> choices;
    std::size_t choice = 0;
    Path file;  ///< the fetched payload
    bool rebuilt = false;
  };

  std::vector<Job> jobs() const;
  std::vector<Choice> choices_for(const improvement::Component& component) const;
  std::vector<Path> old_files(const improvement::Component& component,
                              const improvement::Component* earlier) const;
  Status check_space(const std::vector<Job>& jobs) const;
  Status fetch(std::vector<Job>& jobs);
  Status fetch(Job& job);
  Status rebuild_all(std::vector<Job>& jobs);
  Status prepare();

  Parts parts_;
};

}  // namespace interlude::device
