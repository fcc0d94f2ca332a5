#include "device/state.hpp"

#include <array>

#include "base/layout.hpp"
#include "device/overloaded.hpp"

namespace interlude::device {
namespace {

Waiting after(const Error& error) {
  return {reason_of(error), error.message()};
}

State at_rest(const std::string& active) {
  if (active == kBaseline) return Idle{};
  return Committed{active};
}

}  // namespace

Waiting next(const Polling&, const Hold& event) {
  return {event.reason, event.detail};
}
Waiting next(const Polling&, const Failed& event) {
  return after(event.error);
}
Removing next(const Polling&, const Remove& event) {
  return {event.plan};
}
Committed next(const Polling&, const UpToDate& event) {
  return {event.generation};
}
Fetching next(const Polling&, const Go& event) {
  return {event.plan};
}
Staged next(const Polling&, const Ready& event) {
  return {event.plan};
}
Rebuilding next(const Fetching& now, const Fetched&) {
  return {now.plan};
}
Waiting next(const Fetching&, const Failed& event) {
  return after(event.error);
}
Fetching next(const Rebuilding& now, const PayloadRefused&) {
  return {now.plan};
}
Staged next(const Rebuilding& now, const Built&) {
  return {now.plan};
}
Waiting next(const Rebuilding&, const Failed& event) {
  return after(event.error);
}
Activating next(const Staged& now, const Activate& event) {
  return {now.plan, event.vigil};
}
Waiting next(const Staged&, const Hold& event) {
  return {event.reason, event.detail};
}
Waiting next(const Staged&, const Failed& event) {
  return after(event.error);
}
Probation next(const Activating& now, const Switched&) {
  return {now.plan, now.vigil, {}};
}
Waiting next(const Activating&, const Failed& event) {
  return after(event.error);
}
Probation next(const Probation& now, const Watched& event) {
  return {now.plan, event.vigil, event.until};
}
Removing next(const Probation&, const Remove& event) {
  return {event.plan};
}
Committed next(const Probation& now, const Healthy&) {
  return {now.plan.generation};
}
RollingBack next(const Probation& now, const Unhealthy& event) {
  return {now.plan, event.why, event.vigil};
}
RolledBack next(const RollingBack& now, const Switched&) {
  return {now.plan, now.why};
}
RollbackFailed next(const RollingBack& now, const Failed& event) {
  return {now.plan, now.why, event.error.message()};
}
Waiting next(const Removing& now, const Switched&) {
  if (!now.plan.withdrawn.empty()) return {Reason::Withdrawn, now.plan.withdrawn};
  if (!now.plan.retired.empty()) return {Reason::NothingApplies, now.plan.retired};
  return {Reason::Removed, "(" + now.plan.declined_through +
                               ") was removed: it comes back when asked for, or with "
                               "a newer letter"};
}
Waiting next(const Removing&, const Failed& event) {
  return after(event.error);
}

State resume(const State& stored, const std::string& active) {
  return std::visit(Overloaded{
                        // Before the point of no return: what is on is what was on.
                        [&](const Polling&) { return at_rest(active); },
                        [&](const Fetching&) { return at_rest(active); },
                        [&](const Rebuilding&) { return at_rest(active); },
                        [&](const Staged&) { return at_rest(active); },
                        // The link decides: a switch whose last sync failed may not have lasted.
                        [&](const Committed&) { return at_rest(active); },
                        // Somebody else took off what was watched: the guard, or the
                        // administrator with it.
                        [&](const Probation& now) -> State {
                          if (now.plan.generation != active) return at_rest(active);
                          return now;
                        },
                        // A device that could not go back tries again at every start.
                        [](const RollbackFailed& now) -> State {
                          return RollingBack{now.plan, now.why, {}};
                        },
                        [](const auto& now) -> State { return now; },
                    },
                    stored);
}

const Plan* plan_of(const State& state) {
  return std::visit(
      [](const auto& now) -> const Plan* {
        if constexpr (requires { now.plan; }) {
          return &now.plan;
        } else {
          return nullptr;
        }
      },
      state);
}

bool is_resting(const State& state) {
  return std::visit([]<class S>(const S&) { return Resting<S>; }, state);
}

bool is_watching(const State& state) {
  const auto* const probation = std::get_if<Probation>(&state);
  return probation != nullptr && probation->until;
}

std::string_view name_of(const State& state) {
  constexpr std::array<std::string_view, std::variant_size_v<State>> kNames = {
      "idle",        "polling",         "waiting",   "fetching",  "rebuilding",
      "staged",      "activating",      "probation", "committed", "rolling-back",
      "rolled-back", "rollback-failed", "removing"};
  return kNames.at(state.index());
}

Reason reason_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::Unavailable:
    case ErrorKind::NotFound:
      return Reason::Unreachable;
    case ErrorKind::Untrusted:
      return Reason::Untrusted;
    case ErrorKind::Corrupt:
      return Reason::Corrupt;
    case ErrorKind::NoSpace:
      return Reason::NoSpace;
    case ErrorKind::Cancelled:
      return Reason::Interrupted;
    case ErrorKind::Internal:
    case ErrorKind::Invalid:
    case ErrorKind::Denied:
    case ErrorKind::Conflict:
      return Reason::Failed;
  }
  return Reason::Failed;
}

}  // namespace interlude::device
