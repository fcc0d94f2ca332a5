#include "rollout/decide.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace interlude::rollout {
namespace {

/// Everything that one decision looks at.
struct Case {
  const Improvement& improvement;
  const Publisher& publisher;
  const Policy& policy;
  const Device& device;
  const Entry* entry;  ///< null: none is known
  sys::Time now;

  std::string letter() const { return "(" + improvement.letter.text() + ")"; }
  minutes shift() const { return entry == nullptr ? minutes(0) : entry->shift; }
  /// From here on, neither withheld rollout data nor the ramp holds it back.
  bool past_deadline() const {
    return improvement.schedule && now >= improvement.schedule->deadline + shift();
  }
};

using Answer = std::optional<Decision>;

Decision no(Reason reason, std::string sentence, std::optional<sys::Time> until = {}) {
  return {false, reason, std::move(sentence), until};
}

std::string with_reason(std::string sentence, const std::string& reason) {
  return reason.empty() ? sentence : sentence + ": " + reason;
}

Answer withdrawn(const Case& it) {
  if (it.improvement.recall) {
    return no(Reason::Withdrawn, with_reason(it.letter() + " was recalled by its publisher",
                                             it.improvement.recall->reason));
  }
  // check: withdrawn-is-gone
  if (it.entry != nullptr && it.entry->progress == Progress::Withdrawn) {
    return no(Reason::Withdrawn,
              with_reason(it.letter() + " was withdrawn by its publisher", it.entry->reason));
  }
  return {};
}

Answer held_by_policy(const Case& it) {
  if (!it.policy.problem.empty()) {
    return no(Reason::OnHold,
              it.letter() + " is held: this device's policy cannot be read: " + it.policy.problem);
  }
  if (!it.policy.allow_install) {
    return no(Reason::InstallForbidden,
              it.letter() + " is available; this device's policy forbids installing");
  }
  if (!names(it.policy.hold, it.improvement.id, it.improvement.letter.text())) return {};
  return no(Reason::OnHold, it.letter() + " is held by this device's policy");
}

Answer held_by_owner(const Case& it) {
  const bool off = it.policy.automatic == Automatic::AlwaysOff ||
                   (it.policy.automatic == Automatic::Allowed && !it.device.automatic);
  if (off) {
    return no(Reason::AutomaticOff,
              it.letter() + " is available; automatic installation is off" +
                  (it.policy.automatic == Automatic::AlwaysOff ? " by this device's policy" : ""));
  }
  if (it.device.declined_through && it.improvement.letter <= *it.device.declined_through) {
    return no(Reason::Removed, it.letter() +
                                   " is published, but it was taken off here: it comes "
                                   "back when asked for, or with a newer letter");
  }
  if (!it.device.quarantine.contains(it.improvement.content)) return {};
  return no(Reason::Quarantined,
            it.letter() + " failed on this device before; it is not tried again unless asked for");
}

Answer paused(const Case& it) {
  // check: paused-holds
  if (it.entry != nullptr && it.entry->progress == Progress::Paused) {
    return no(Reason::Paused,
              with_reason("the rollout of " + it.letter() + " is paused by its publisher",
                          it.entry->reason));
  }
  return {};
}

/// Whether what is known about the publisher's wishes is enough to go on.
Answer unknown(const Case& it) {
  if (!it.improvement.problem.empty()) {
    return no(
        Reason::RolloutDataRefused,
        it.letter() + " reaches nobody: its schedule is not valid: " + it.improvement.problem);
  }
  if (!it.publisher.required) return {};
  if (!it.improvement.schedule) {
    return no(Reason::RolloutDataMissing,
              it.letter() + " has no schedule, and its publisher demands one");
  }
  // check: rollout-required
  if (it.entry == nullptr) {
    return no(it.publisher.data == Publisher::Data::Refused ? Reason::RolloutDataRefused
                                                            : Reason::RolloutDataMissing,
              with_reason("the rollout of " + it.letter() +
                              " has not begun, as far as this device could learn",
                          it.publisher.problem));
  }
  if (it.publisher.data == Publisher::Data::Refused && !it.past_deadline()) {
    return no(Reason::RolloutDataRefused,
              with_reason("the rollout data is not valid", it.publisher.problem),
              it.improvement.schedule->deadline + it.shift());
  }
  return {};
}

Decision waits_for(const Case& it, std::optional<sys::Time> turn, BasisPoints ceiling) {
  if (!turn) {
    return no(Reason::Ramp, fmt::format("{} is being rolled out to {} of all devices so far; this "
                                        "one is not among them",
                                        it.letter(), percent(ceiling)));
  }
  if (it.now < *turn) {
    return no(Reason::Ramp,
              fmt::format("{} is being rolled out step by step; the turn of this device comes {}",
                          it.letter(), sys::to_text(*turn)),
              turn);
  }
  return no(Reason::RolloutDataStale,
            with_reason(fmt::format("whether the rollout of {} still runs is not known; the last "
                                    "word is of {}",
                                    it.letter(), sys::to_text(it.publisher.known.as_of)),
                        it.publisher.problem),
            it.improvement.schedule->deadline + it.shift());
}

Answer not_its_turn(const Case& it) {
  if (!it.publisher.required || !it.improvement.schedule) return {};
  if (names(it.policy.expedite, it.improvement.id, it.improvement.letter.text())) return {};
  const Schedule& schedule = *it.improvement.schedule;
  const BasisPoints ceiling =
      std::min(it.entry == nullptr ? kEverybody : it.entry->ceiling, it.policy.ceiling);
  const auto turn = turn_of(schedule, it.shift(), it.policy.ring, ceiling,
                            bucket_of(it.device, it.improvement.id));
  // check: rollout-deadline
  if (turn && it.past_deadline()) return {};
  const sys::Time time =
      ramp_time(it.now, it.publisher.known, it.publisher.data == Publisher::Data::Fresh,
                it.policy.max_staleness);
  // check: rollout-ramp
  if (!turn || time < *turn) return waits_for(it, turn, ceiling);
  return {};
}

/// Windows and deferral, until the administrator's or the publisher's deadline.
Answer not_the_time(const Case& it) {
  if (names(it.policy.expedite, it.improvement.id, it.improvement.letter.text())) return {};
  const sys::Time since =
      it.improvement.schedule ? it.improvement.schedule->start : it.improvement.published_at;
  if (it.policy.deadline && it.now >= since + *it.policy.deadline) return {};
  const sys::Time ripe = since + it.policy.defer;
  if (it.now < ripe) {
    return no(
        Reason::Deferred,
        fmt::format("this device's policy defers {} until {}", it.letter(), sys::to_text(ripe)),
        ripe);
  }
  if (it.past_deadline()) return {};
  const sys::Time local = it.now + it.device.utc_offset;
  if (is_open(it.policy.windows, local)) return {};
  const sys::Time opens = *next_open(it.policy.windows, local) - it.device.utc_offset;
  return no(Reason::OutsideWindow,
            fmt::format("{} waits for the hours that this device's policy names: next {}",
                        it.letter(), sys::to_text(opens)),
            opens);
}

Answer no_good_guest(const Case& it) {
  if (it.improvement.schedule && it.improvement.schedule->urgency == Urgency::Urgent) return {};
  if (it.device.metered && !it.policy.metered) {
    return no(Reason::Metered, it.letter() + " waits for a connection that is not metered");
  }
  if (!it.device.battery || *it.device.battery >= it.policy.lowest_battery) return {};
  return no(Reason::OnBattery, fmt::format("{} waits for power: the battery is at {} %",
                                           it.letter(), *it.device.battery));
}

}  // namespace

bool is_withdrawn(const Improvement& improvement, const Publisher& publisher) {
  if (improvement.recall) return true;
  const auto found = publisher.known.entries.find(improvement.id);
  return found != publisher.known.entries.end() && found->second.progress == Progress::Withdrawn;
}

BasisPoints bucket_of(const Device& device, std::string_view id) {
  return device.secret ? bucket(*device.secret, id) : kEverybody - 1;
}

Decision decide(const Improvement& improvement, const Publisher& publisher, const Policy& policy,
                const Device& device, Asked asked) {
  const auto found = publisher.known.entries.find(improvement.id);
  const Case it{improvement,
                publisher,
                policy,
                device,
                found == publisher.known.entries.end() ? nullptr : &found->second,
                present(device.now, device.clock_synchronised, publisher.known)};
  using Rule = Answer (*)(const Case&);
  constexpr Rule kAlways[] = {withdrawn, held_by_policy};
  constexpr Rule kUnlessAsked[] = {not_its_turn, not_the_time, no_good_guest};
  for (const Rule rule : kAlways) {
    if (const Answer answer = rule(it)) return *answer;
  }
  if (asked == Asked::ByItself) {
    if (const Answer answer = held_by_owner(it)) return *answer;
  }
  for (const Rule rule : {paused, unknown}) {
    if (const Answer answer = rule(it)) return *answer;
  }
  if (asked == Asked::ByItself) {
    for (const Rule rule : kUnlessAsked) {
      if (const Answer answer = rule(it)) return *answer;
    }
  }
  return {true, Reason::Available, it.letter() + " is installed now"};
}

}  // namespace interlude::rollout
