#pragma once
// How fast an improvement reaches devices, as its publisher signed it with the offline key: the
// upper bound of everything that happens later. It stands in the improvement's entry in the list of
// its platform, so that it is known before anything else is fetched. Format:
// docs/formats/rollout.md.
//
// Steps, no interpolation: so that it can be explained, and tested.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "json/json.hpp"
#include "rollout/bucket.hpp"
#include "sys/clock.hpp"

namespace interlude::rollout {

using std::chrono::minutes;

enum class Urgency { Normal, Urgent };

/// From `after` on, counted from the start, a share of all devices …
struct Step {
  minutes after{0};
  BasisPoints reach = 0;
  bool operator==(const Step&) const = default;
};

/// … or the devices of one ring and those before it. Which ring a device is in, its policy says;
/// one without is in the last.
struct RingStep {
  minutes after{0};
  std::uint32_t ring = 0;
  bool operator==(const RingStep&) const = default;
};

struct Schedule {
  Urgency urgency = Urgency::Normal;
  sys::Time start;
  std::vector<Step> steps;      ///< times and shares rise; either these …
  std::vector<RingStep> rings;  ///< … or these: below some 300 devices 1 % of them often is nobody
  sys::Time deadline;           ///< from here on nobody waits for rollout data that is withheld
  std::optional<sys::Time> revert_until;  ///< until here the online key may have it taken back

  bool operator==(const Schedule&) const = default;
};

/// 1, 5, 20, 50, 100 % at 0, 4, 12, 24, 36 hours, or 10, 50, 100 % at 0, 1, 3 hours. The deadline
/// is a day after the last step. What is urgent, the online key may not take back.
Schedule profile(Urgency urgency, sys::Time start);
/// By rings: ring 0 at once, ring n `apart` · n later.
Schedule ring_profile(sys::Time start, std::uint32_t rings, minutes apart);

inline constexpr std::size_t kMostSteps = 32;
inline constexpr minutes kLongestRamp = std::chrono::hours(24 * 90);

/// Corrupt, naming the place: a ramp that falls or ends beyond 90 days, more than kMostSteps steps,
/// shares above 100 %, both kinds of steps or neither, a deadline before the last step.
Result<Schedule> parse_schedule(const json::Reader& schedule);
json::Value to_json(const Schedule& schedule);

/// "1 % at once, 5 % after 4 h, … 100 % after 36 h".
std::string describe(const Schedule& schedule);
/// "20 %", "0.5 %".
std::string percent(BasisPoints share);
/// "4 h", "90 min", "3 days".
std::string describe(std::chrono::seconds span);

std::string_view name_of(Urgency urgency);
Result<Urgency> parse_urgency(std::string_view name);

}  // namespace interlude::rollout
