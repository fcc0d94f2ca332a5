#pragma once
// What a device is doing, as a value, and every way from one state to the next.
//
// A state is a struct with exactly the data that is true in it; a step is an overload of `next`, so
// a step that does not exist does not compile. Nothing here has an effect: the runner
// (device/agent.hpp) stores the state that `next` returns *before* it does what that state
// announces. What a process that was killed left behind is therefore always one of these values,
// and `resume` says how the next start carries on: the point of no return is Activating. Before it,
// work is dropped (what was downloaded stays and is continued by the next attempt); from it on,
// work is finished.
//
// The picture of this file is docs/agent-states.dot.

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "rollout/reason.hpp"
#include "sys/clock.hpp"

namespace interlude::device {

/// One change of what is on: from generation `previous` to `generation`.
struct Plan {
  std::string generation;
  std::string previous;
  std::string letter;            ///< of `generation`; empty for the baseline
  std::string content;           ///< SHA-256 of the signed manifest file: what quarantine remembers
  std::string declined_through;  ///< the newest letter that stays away once this is committed
  std::string published_at;      ///< as the repository states it
  std::string withdrawn;         ///< where its publisher takes `previous` back: that, as a sentence
  sys::Time started;
  /// The same letter with the components that must wait; switched on later. Empty: none waits.
  std::string later = {};
  std::string retired =
      {};  ///< where the system changed its own files under it: that, as a sentence

  bool operator==(const Plan&) const = default;
};

/// A unit that was active before a switch.
struct UnitWatch {
  std::string name;
  std::uint64_t restarts = 0;  ///< that its service manager had made by then
  bool touched = false;        ///< restarted because it ran old code
  bool revived = false;        ///< restarted because it failed; that is done once

  bool operator==(const UnitWatch&) const = default;
};

/// What ran and worked before a switch, to compare with afterwards. Empty where no system runs from
/// what is switched.
struct Vigil {
  std::vector<UnitWatch> units;
  std::vector<std::string> probes;  ///< that passed

  bool operator==(const Vigil&) const = default;
};

/// Why a device waits. Its name in status and files is name_of().
using rollout::Reason;

struct Idle {
  bool operator==(const Idle&) const = default;
};
struct Polling {
  bool operator==(const Polling&) const = default;
};
struct Waiting {
  Reason reason = Reason::Failed;
  std::string detail;  ///< one sentence for a person
  bool operator==(const Waiting&) const = default;
};
struct Fetching {
  Plan plan;
  bool operator==(const Fetching&) const = default;
};
struct Rebuilding {
  Plan plan;
  bool operator==(const Rebuilding&) const = default;
};
struct Staged {
  Plan plan;
  bool operator==(const Staged&) const = default;
};
struct Activating {
  Plan plan;
  Vigil vigil = {};
  bool operator==(const Activating&) const = default;
};
/// Switched on and watched. The work ends between two looks, and comes back for the next.
struct Probation {
  Plan plan;
  Vigil vigil = {};
  /// When it ends. Nothing: the first look, with restarts and probes, is not over.
  std::optional<sys::Time> until = {};
  bool operator==(const Probation&) const = default;
};
struct Committed {
  std::string generation;
  bool operator==(const Committed&) const = default;
};
struct RollingBack {
  Plan plan;
  std::string why;
  Vigil vigil = {};
  bool operator==(const RollingBack&) const = default;
};
struct RolledBack {
  Plan plan;
  std::string why;
  bool operator==(const RolledBack&) const = default;
};
struct RollbackFailed {
  Plan plan;
  std::string why;
  std::string problem;  ///< what kept the device from going back
  bool operator==(const RollbackFailed&) const = default;
};
struct Removing {
  Plan plan;  ///< to the baseline
  bool operator==(const Removing&) const = default;
};

using State = std::variant<Idle, Polling, Waiting, Fetching, Rebuilding, Staged, Activating,
                           Probation, Committed, RollingBack, RolledBack, RollbackFailed, Removing>;

/// The states in which nothing is under way.
template <class S>
concept Resting = std::same_as<S, Idle> || std::same_as<S, Waiting> || std::same_as<S, Committed> ||
    std::same_as<S, RolledBack> || std::same_as<S, RollbackFailed>;

bool is_resting(const State& state);
/// On probation, with nothing to do before the next look.
bool is_watching(const State& state);

// Events.
struct Poll {};
struct Remove {
  Plan plan;
};
struct Hold {
  Reason reason = Reason::Failed;
  std::string detail;
};
struct UpToDate {
  std::string generation;
};
struct Go {  ///< something must be fetched
  Plan plan;
};
struct Ready {  ///< the wanted generation is on disk already
  Plan plan;
};
struct Fetched {};
struct PayloadRefused {};  ///< it did not rebuild the files; another one is left to try
struct Built {};
struct Activate {
  Vigil vigil = {};
};
struct Watched {  ///< a look found nothing wrong, and it is not the last one
  Vigil vigil;
  sys::Time until;
};
struct Switched {};
struct Healthy {};
struct Unhealthy {
  std::string why;
  Vigil vigil = {};
};
struct Failed {
  Error error;
};

Polling next(const Resting auto&, const Poll&) {
  return {};
}
Removing next(const Resting auto&, const Remove& event) {
  return {event.plan};
}
Removing next(const Polling& now, const Remove& event);
Waiting next(const Polling& now, const Hold& event);
Waiting next(const Polling& now, const Failed& event);
Committed next(const Polling& now, const UpToDate& event);
Fetching next(const Polling& now, const Go& event);
Staged next(const Polling& now, const Ready& event);
Rebuilding next(const Fetching& now, const Fetched& event);
Waiting next(const Fetching& now, const Failed& event);
Fetching next(const Rebuilding& now, const PayloadRefused& event);
Staged next(const Rebuilding& now, const Built& event);
Waiting next(const Rebuilding& now, const Failed& event);
Activating next(const Staged& now, const Activate& event);
Waiting next(const Staged& now, const Hold& event);
Waiting next(const Staged& now, const Failed& event);
Probation next(const Activating& now, const Switched& event);
Waiting next(const Activating& now, const Failed& event);
Probation next(const Probation& now, const Watched& event);
Removing next(const Probation& now, const Remove& event);
Committed next(const Probation& now, const Healthy& event);
RollingBack next(const Probation& now, const Unhealthy& event);
RolledBack next(const RollingBack& now, const Switched& event);
RollbackFailed next(const RollingBack& now, const Failed& event);
Waiting next(const Removing& now, const Switched& event);
Waiting next(const Removing& now, const Failed& event);

/// The plan of the work under way, if there is one.
const Plan* plan_of(const State& state);

/// Where a start carries on that finds `stored`. `active` is the generation that is on.
State resume(const State& stored, const std::string& active);

/// "idle", "polling", "rolled-back" …
std::string_view name_of(const State& state);
/// The reason to wait after `error`.
Reason reason_of(const Error& error);

}  // namespace interlude::device
