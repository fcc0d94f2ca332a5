#include "rollout/ramp.hpp"

#include <algorithm>

namespace interlude::rollout {
namespace {

/// The ring of a device that was given none: the last.
bool is_in(const RingStep& step, const Schedule& schedule, std::optional<std::uint32_t> ring) {
  return step.ring >=
         std::min(ring.value_or(schedule.rings.back().ring), schedule.rings.back().ring);
}

/// `entry` as far as it is believed; `before` is what was known of the same rollout, null if
/// nothing.
Entry within(Entry entry, sys::Time as_of, sys::Time start, const Entry* before) {
  const minutes gone = std::max(minutes(0), std::chrono::floor<minutes>(as_of - start));
  // check: rollout-shift
  if (entry.shift > gone) entry.shift = gone;
  if (before == nullptr) return entry;
  // check: rollout-shift-falls
  if (entry.shift < before->shift) entry.shift = before->shift;
  // check: rollout-withdrawn-stays
  if (before->progress == Progress::Withdrawn) entry.progress = Progress::Withdrawn;
  return entry;
}

}  // namespace

Known learn(const Known& before, const Announcement& announcement, const Bounds& bounds) {
  std::map<std::string, Entry> old = before.entries;
  // check: rollout-signers
  if (before.signers != bounds.signers) old.clear();
  Known known{bounds.signers, announcement.as_of, announcement.expires, bounds.now, {}};
  const sys::Time latest = bounds.timestamp_expires - bounds.timestamp_life;
  // check: rollout-as-of
  if (known.as_of > latest) known.as_of = latest;
  for (const auto& [id, entry] : announcement.entries) {
    const auto start = bounds.starts.find(id);
    const bool listed = start != bounds.starts.end();
    // check: rollout-listed
    if (!listed) continue;
    const auto before_it = old.find(id);
    known.entries.emplace(id, within(entry, known.as_of, listed ? start->second : sys::Time(),
                                     before_it == old.end() ? nullptr : &before_it->second));
  }
  // What was withdrawn stays so, also where the new file leaves it out.
  for (const auto& [id, entry] : old) {
    if (entry.progress == Progress::Withdrawn && bounds.starts.contains(id)) {
      known.entries.emplace(id, entry);
    }
  }
  return known;
}

sys::Time present(sys::Time local, bool synchronised, const Known& known) {
  return synchronised ? local : std::max(local, known.as_of);
}

sys::Time ramp_time(sys::Time present, const Known& known, bool fresh,
                    std::chrono::hours max_staleness) {
  const sys::Time good_until = fresh ? known.expires : std::min(known.heard, known.expires);
  return std::min(present, good_until + max_staleness);
}

BasisPoints reach(const Schedule& schedule, minutes shift, std::optional<std::uint32_t> ring,
                  sys::Time now) {
  const std::chrono::seconds gone = now - schedule.start - shift;
  BasisPoints share = 0;
  for (const Step& step : schedule.steps) {
    if (gone >= step.after) share = step.reach;
  }
  for (const RingStep& step : schedule.rings) {
    if (gone >= step.after && is_in(step, schedule, ring)) share = kEverybody;
  }
  return share;
}

std::optional<sys::Time> turn_of(const Schedule& schedule, minutes shift,
                                 std::optional<std::uint32_t> ring, BasisPoints ceiling,
                                 BasisPoints bucket) {
  if (bucket >= ceiling) return std::nullopt;
  for (const Step& step : schedule.steps) {
    if (bucket < step.reach) return schedule.start + shift + step.after;
  }
  for (const RingStep& step : schedule.rings) {
    if (is_in(step, schedule, ring)) return schedule.start + shift + step.after;
  }
  return std::nullopt;
}

}  // namespace interlude::rollout
