#pragma once
// From a complete generation on disk to one that is on and has been checked; and back, if the check
// fails. Each function does the work that its state announces and enters the next; together they
// run to a resting state. Called with the same state again after a kill they finish the same work.

#include <set>

#include "device/backend.hpp"
#include "device/journal.hpp"
#include "device/store.hpp"

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
  };

  Changeover(Parts parts, std::string baseline_version)
      : parts_(parts), baseline_version_(std::move(baseline_version)) {}

  Status carry_on(const Staged& now);
  Status carry_on(const Activating& now);
  Status carry_on(const Probation& now);
  Status carry_on(const RollingBack& now);
  Status carry_on(const Removing& now);

  /// Removes generations that are no longer needed: all but what is on, what is under way, and the
  /// two that were on before.
  Status clean_up();
  /// run/interlude/version: baseline and letter for whoever shows them.
  Status publish_version();

 private:
  Status switch_to(const std::string& generation);
  Status check(const std::string& generation);
  Status commit(const Probation& now);
  void settle();
  std::string letter_of(const std::string& generation) const;
  std::set<std::string> kept(const std::string& active) const;
  void remember(const Plan& plan, std::string event, std::string letter, std::string detail);

  Parts parts_;
  std::string baseline_version_;
};

}  // namespace interlude::device
