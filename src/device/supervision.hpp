#pragma once
// What a switch means for what runs: who is looked at before it, what is restarted after it, and
// how the device tells, then and while the generation is on probation, that nothing is worse off.
//
// The order is the one that hurts people least. First a fresh process loads every changed library:
// where that fails nothing has been restarted yet. Then units that run old code restart. A unit
// that fails is restarted once more before the generation is given up. What was bad before the
// switch (a probe that did not pass, a unit that was not running) is not held against it.

#include <vector>

#include "device/backend.hpp"
#include "device/restarts.hpp"
#include "device/source.hpp"
#include "device/state.hpp"
#include "device/store.hpp"

namespace interlude::device {

/// What would happen to what runs, for a person who asks beforehand.
struct Forecast {
  Generation generation;  ///< with every component that applies
  RestartPlan plan;
  std::vector<std::pair<std::string, std::string>> waiting;  ///< components, and what for
};

class Supervision {
 public:
  /// All are borrowed.
  struct Parts {
    Store& store;
    Backend& backend;
    Workload& workload;
    Source& source;
    const RestartPolicy& policy;
    const std::vector<improvement::Probe>& local_probes;
    Path root;      ///< of what programs see
    Path baseline;  ///< where the baseline's files are read
  };

  explicit Supervision(Parts parts) : parts_(parts) {}

  bool is_live() const { return parts_.workload.is_live(); }

  /// What runs and works before `generation` is switched on.
  Vigil before(const std::string& generation);
  /// Right after the switch. An error says why the generation must go.
  Status after_switch(const std::string& generation, Vigil& vigil);
  /// Some time later.
  Status again(const std::string& generation, Vigil& vigil);
  /// Whether judging makes sense now.
  bool is_starting() { return is_live() && parts_.workload.is_starting(); }
  /// Once `generation`, which was on under `vigil`, is off again: nothing runs its code for longer
  /// than it must, and what it broke is started again.
  void after_going_back(const std::string& generation, const Vigil& vigil);
  /// Once it is committed: process 1, if it still runs old code.
  void after_commit(const std::string& generation);

  /// At a boot: whether `units` are active, and a fresh process can be started and ask.
  Status check_boot(const std::vector<std::string>& units);

  /// Which processes map files of what is on, or of `also`, and which of them run other code. Where
  /// nothing runs from here: nobody.
  Result<running::Findings> look(const Improved* on, const Improved* also = nullptr);
  /// Those that map files of `component`, in whatever version.
  Result<std::vector<running::Process>> users_of(const improvement::Component& component);
  /// Whether somebody runs code of `off`, while the baseline is on.
  bool is_run(const Improved& off);
  /// What switching to `wanted` from what is on would restart.
  Result<RestartPlan> foresee(const Improved& wanted, const Improved* on);

 private:
  std::vector<improvement::Probe> probes(const Improved& improved) const;
  Result<RestartPlan> plan(std::span<const running::Process> old, const Improved* improved,
                           const Improved* also);
  Status restart_old_code(const Improved* on, const Improved* also, Vigil* vigil);
  Status load_changed(const Improved& improved);
  Status examine(const Improved& improved, Vigil& vigil);
  Status examine_unit(UnitWatch& unit, const UnitFacts& facts);
  Status ask_probes(const Improved& improved, const Vigil& vigil);
  Status refresh();

  Parts parts_;
};

}  // namespace interlude::device
