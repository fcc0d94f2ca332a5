#pragma once
// What a listing says about rollouts, in the words of rollout::decide().

#include <string>
#include <vector>

#include "device/source.hpp"
#include "rollout/decide.hpp"

namespace interlude::device {

/// Every published letter, oldest first. `prefix` is "SOURCE/PLATFORM/BASELINE".
std::vector<rollout::Improvement> improvements_of(const Listing& listing,
                                                  const std::string& prefix);

/// What is known now that `listing` came, at `now` by the device's own clock; `before` is what was.
rollout::Publisher publisher_of(const Listing& listing,
                                const std::vector<rollout::Improvement>& improvements,
                                const rollout::Known& before, sys::Time now);

}  // namespace interlude::device
