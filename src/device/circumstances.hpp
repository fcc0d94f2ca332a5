#pragma once
// What holds on a device at the moment, beside what it keeps on disk: gathered by whoever starts
// the agent, so that deciding stays a matter of values.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "device/restarts.hpp"
#include "rollout/policy.hpp"

namespace interlude::device {

struct Circumstances {
  rollout::Policy policy;
  bool clock_synchronised = true;
  std::chrono::minutes utc_offset{0};
  RestartPolicy restarts;
  std::vector<improvement::Probe> probes;  ///< the administrator's own
  /// Components switch no more lively than this, whatever their manifest says.
  improvement::Apply apply_at_least = improvement::Apply::Live;
  /// How long a component may wait for the end of its use; then it switches while it is used.
  std::optional<std::chrono::hours> in_use_deadline;
  /// Whether the connection is paid for by the byte; asked only while something waits for the
  /// answer. Empty: it is not.
  std::function<bool()> is_metered = {};
  std::optional<std::uint32_t> battery;  ///< percent; none where it is being charged, or has none
};

}  // namespace interlude::device
