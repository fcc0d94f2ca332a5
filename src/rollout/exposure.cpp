#include "rollout/exposure.hpp"

#include <algorithm>

#include "rollout/ramp.hpp"
#include "rollout/withdrawal.hpp"

namespace interlude::rollout {

Exposure exposure(const Schedule& schedule, std::chrono::seconds noticed,
                  std::chrono::seconds poll) {
  Exposure result;
  result.at_most = reach(schedule, minutes(0), {}, schedule.start + noticed);
  double expected = 0;
  BasisPoints before = 0;
  for (const Step& step : schedule.steps) {
    const double since = static_cast<double>((noticed - step.after).count());
    if (since < 0) break;
    const double asked = std::min(1.0, since / static_cast<double>(poll.count()));
    expected += asked * static_cast<double>(step.reach - before);
    before = step.reach;
  }
  if (schedule.steps.empty()) expected = static_cast<double>(result.at_most);
  result.expected = static_cast<BasisPoints>(expected + 0.5);
  // Before it switches on, a device asks again if its last answer is older than ten minutes.
  result.stops = std::chrono::minutes(10);
  result.goes_back = std::max<std::chrono::seconds>(poll + poll / 6, kRevertSpread);
  return result;
}

}  // namespace interlude::rollout
