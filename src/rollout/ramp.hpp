#pragma once
// What a device has learned about rollouts, and whether its turn has come.
//
// Time is the delicate part. A device's own clock may be wrong, the publisher's file may be
// withheld or old, and the key that signs it may be stolen; none of this may make a ramp faster,
// and none of it may stop an improvement for ever.

#include <optional>

#include "rollout/policy.hpp"
#include "rollout/publisher.hpp"

namespace interlude::rollout {

/// What was last verified, as a device remembers it.
struct Known {
  std::string signers;  ///< which keys signed it; what other keys said is forgotten
  sys::Time as_of;      ///< within the bound of learn()
  sys::Time expires;
  sys::Time heard;                       ///< when that was, by the device's own clock
  std::map<std::string, Entry> entries;  ///< of ids that the platform's list has

  bool operator==(const Known&) const = default;
};

/// What an announcement must be measured against.
struct Bounds {
  std::string signers;
  sys::Time now;                        ///< the device's own clock
  sys::Time timestamp_expires;          ///< of the verified timestamp
  std::chrono::seconds timestamp_life;  ///< the longest that a timestamp of this repository lives
  std::map<std::string, sys::Time>
      starts;  ///< ids that the platform's list has; each with its start
};

/// `before` and what `announcement` adds to it. Within one set of keys a shift never falls, and
/// what was withdrawn stays so. as_of counts up to the moment at which the timestamp was signed, a
/// shift up to the time that has passed since the start.
Known learn(const Known& before, const Announcement& announcement, const Bounds& bounds);

/// The device's own clock, moved forward to `known.as_of` only where it is not synchronised.
sys::Time present(sys::Time local, bool synchronised, const Known& known);
/// What time it is for a ramp: `present`, but never beyond what `known` is good for; where that
/// could not be renewed (not `fresh`), not beyond when it was heard.
sys::Time ramp_time(sys::Time present, const Known& known, bool fresh,
                    std::chrono::hours max_staleness);

/// The share that `schedule` reaches at `now`; 0 before it starts. For schedules by ring, all or
/// nobody, as far as `ring` (without: the last) is concerned.
BasisPoints reach(const Schedule& schedule, minutes shift, std::optional<std::uint32_t> ring,
                  sys::Time now);
/// When a device comes in whose bucket is `bucket`, if a share of at most `ceiling` ever is let in.
std::optional<sys::Time> turn_of(const Schedule& schedule, minutes shift,
                                 std::optional<std::uint32_t> ring, BasisPoints ceiling,
                                 BasisPoints bucket);

}  // namespace interlude::rollout
