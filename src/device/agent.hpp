#pragma once
// The device's agent: a poll, an install, a removal, and what to do after a kill. It only puts the
// parts together: one poll and what follows is attempt.hpp, up to a complete generation
// installation.hpp, from there on changeover.hpp. One agent works on one root at a time: the caller
// holds the lock.

#include <chrono>
#include <memory>

#include "device/attempt.hpp"
#include "device/backend.hpp"
#include "device/supervision.hpp"

namespace interlude::device {

class Agent {
 public:
  /// All are borrowed.
  struct World {
    sys::FileSystem& disk;
    sys::Clock& clock;
    sys::Random& random;
    Source& source;
    Workload* workload = nullptr;       ///< none: no system runs from what is switched
    overlay::Mounts* mounts = nullptr;  ///< for the overlay backend alone
  };
  struct Watch {
    StepListener step;
    ProgressListener progress;
  };

  /// Reads the device's memory, and makes it a device on its baseline where it never was one.
  /// Errors: as Memory::record(); where the baseline cannot be pinned, as Mounts::pin().
  static Result<std::unique_ptr<Agent>> open(World world, const Layout& layout,
                                             const Config& config, Circumstances circumstances,
                                             Watch watch);

  /// Sweeps what a kill left behind and finishes or undoes the work it interrupted. True if there
  /// was any. Comes before every other call.
  Result<bool> recover();

  /// One poll, and what follows from it. Errors: what kept it from being answered or done (it is
  /// kept in the record, too); for a person's request also NotFound (letter, component, platform or
  /// baseline) and Conflict (a named component was modified locally; the others are installed).
  Status run(const Request& request);

  /// What `request` would come to, without doing it. Nothing where there is nothing to install.
  /// Errors: as run().
  Result<std::optional<Forecast>> forecast(Request request);

  /// Takes off what is on; needs no network and no free space. False if nothing is on.
  Result<bool> remove();

  /// Makes consistent what is not, and says in sentences what it was and what was done. Errors:
  /// where that is not possible.
  Result<std::vector<std::string>> repair();

  /// The boot came through as far as this program can tell: units that ran what is on are active,
  /// and a freshly started process can ask. Unavailable: not yet. Corrupt: it is worse off.
  Status check_boot();

  /// A network has come. Where the last poll failed, or is older than the interval, the next comes
  /// within two minutes, at a moment of its own.
  Status expect_network();

  /// Until the next poll, or the next look at a generation on probation, is due; 0 if it is.
  /// `starting`: the agent has just started, perhaps with the machine.
  std::chrono::seconds until_due(bool starting);

  const Record& record() const { return journal_.record(); }
  /// Who runs old code of what is on; nobody where nothing runs from here.
  Result<running::Findings> look();

 private:
  Agent(World world, const Layout& layout, const Config& config, Circumstances circumstances,
        Record record, Watch watch);
  Status finish(const State& state);
  /// What is on comes into sight, unless the system changed under it: then what of it still fits.
  Status look_again();
  Status look_at(const std::string& id);
  Status retire(const std::string& current, const Improved& fitting, const Generation& before);
  Attempt attempt(const Request& request);
  Status go_to_whole_one(const std::string& current, const std::vector<std::string>& damaged,
                         std::vector<std::string>& told);

  World world_;
  Config config_;
  Circumstances circumstances_;
  ProgressListener progress_;
  Store store_;
  std::unique_ptr<Backend> backend_;
  Memory memory_;
  Journal journal_;
  NoWorkload no_workload_;
  Supervision supervision_;
  Changeover changeover_;
};

}  // namespace interlude::device
