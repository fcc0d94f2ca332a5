#pragma once
// From a complete generation on disk to one that is on and has been checked; and back, if the check
// fails. Each function does the work that its state announces and enters the next; together they
// run to a resting state, or to a probation that goes on: between two looks nothing is at work, and
// the caller comes back (until_look()). Called with the same state again after a kill they finish
// the same work.

#include <set>

#include "device/backend.hpp"
#include "device/journal.hpp"
#include "device/store.hpp"
#include "device/supervision.hpp"
#include "overlay/boot_file.hpp"

namespace interlude::device {

class Changeover {
 public:
  /// All are borrowed.
  struct Parts {
    sys::FileSystem& disk;
    sys::Clock& clock;
    Store& store;
    Backend& backend;
    Memory& memory;
    Journal& journal;
    Supervision& supervision;
    Path baseline;                   ///< where the baseline's files are read
    std::chrono::seconds probation;  ///< how long a generation is watched
  };

  Changeover(Parts parts, std::string baseline_version)
      : parts_(parts), baseline_version_(std::move(baseline_version)) {}

  Status carry_on(const Staged& now);
  Status carry_on(const Activating& now);
  Status carry_on(const Probation& now);
  Status carry_on(const RollingBack& announced);
  Status carry_on(const Removing& now);

  /// The generation that fits the baseline now, of `improved`, which is generation `id`: its own
  /// where nothing changed below it. Then the guard, too, knows that it may be shown.
  Result<Generation> judge(const std::string& id, const Improved& improved);
  /// Conflict, saying what the system did meanwhile, where generation `id` must not be laid over
  /// the baseline any more. Reads files only where they may have changed since somebody looked.
  Status check_fit(const std::string& id);

  /// While a generation is on probation: until the next look at it.
  std::chrono::seconds until_look(const Probation& now) const;

  /// Lets the generation `later`, complete on disk, be switched on by the next boot or once nobody
  /// runs what it changes. Empty: none. Conflict: as of check_fit().
  Status set_pending(const std::string& later);
  /// The generation that waits; empty if none does.
  std::string pending() const;
  /// Whether what cannot wait, by the error of set_pending() or check_fit(), never will: it does
  /// not fit, or is damaged.
  static bool is_lost(const Error& error);
  /// Remembers that and since when; stored with the next state.
  void note_waiting(const std::string& later);
  /// The system changed files below what waits, or may have: it is looked at, and forgotten where
  /// it does not fit any more. The next poll, which is due then, sees what of it does.
  Status look_at_pending();
  /// The guard went back, at a boot or because the agent could not: the content is quarantined.
  /// Nothing if that did not happen.
  Status heed_guard();
  /// A boot has switched on what waited: it is recorded. Nothing if that did not happen.
  Status adopt_pending();

  /// Removes generations that are no longer needed: all but what is on, what is under way, the two
  /// that were on before, and, on the baseline, those that somebody still runs code of.
  Status clean_up();
  /// run/interlude/version: baseline and letter for whoever shows them.
  Status publish_version();

 private:
  Status switch_to(const std::string& generation, overlay::Way way);
  Status check(const std::string& generation);
  Status watch(Probation now);
  Status go_back(const Probation& now, const std::string& why);
  Status commit(const Probation& now);
  void note_activation(const Plan& plan);
  Status heed_removal(overlay::BootFile boot);
  void quarantine(const Plan& plan, const std::string& why);
  std::vector<std::string> units_that_run(const std::string& generation, const Vigil& vigil);
  void settle();
  std::string letter_of(const std::string& generation) const;
  std::set<std::string> kept(const std::string& active) const;
  void remember(const Plan& plan, std::string event, std::string letter, std::string detail);

  Parts parts_;
  std::string baseline_version_;
};

}  // namespace interlude::device
