#pragma once
// What a fault can cost: which share of all devices has an improvement by the time that somebody
// notices. A share, never a count: nobody counts devices.

#include "rollout/schedule.hpp"

namespace interlude::rollout {

struct Exposure {
  BasisPoints at_most = 0;            ///< every device that was let in
  BasisPoints expected = 0;           ///< of these, who has asked since, with polls spread evenly
  std::chrono::seconds stops{0};      ///< from the pause on, until no device begins any more
  std::chrono::seconds goes_back{0};  ///< from the withdrawal on, until the last has gone back
};

/// If a fault of what rolls out by `schedule` leads to a pause or withdrawal `noticed` after the
/// start, and devices poll every `poll` (a sixth more or less).
Exposure exposure(const Schedule& schedule, std::chrono::seconds noticed,
                  std::chrono::seconds poll);

}  // namespace interlude::rollout
