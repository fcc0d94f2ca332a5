#pragma once
// What binds on a device: its administrator's policy, as far as deciding needs it, and what its
// owner chose. Where the values come from, src/policy reads.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "rollout/bucket.hpp"
#include "rollout/window.hpp"

namespace interlude::rollout {

enum class Automatic {
  Allowed,    ///< as the owner's settings say
  AlwaysOn,   ///< whatever they say
  AlwaysOff,  ///< a person installs
};

struct Policy {
  std::string problem;  ///< why it could not be read: then nothing new is installed
  bool allow_install = true;
  bool allow_removal = true;        ///< by people without the administrator's rights
  bool allow_remote_revert = true;  ///< a withdrawal may take back what is on
  bool respect_holds = true;        ///< packages on hold are left alone
  bool metered = false;             ///< also over connections that are paid for by the byte
  Automatic automatic = Automatic::Allowed;
  BasisPoints ceiling = kEverybody;   ///< of every ramp, for this group of devices
  std::optional<std::uint32_t> ring;  ///< where schedules go by rings; without: the last
  std::chrono::hours defer{0};        ///< to wait with everything, from its publication on
  std::vector<Window> windows;        ///< in which to install; empty: always
  std::optional<std::chrono::hours>
      deadline;  ///< from publication on; then neither windows nor deferral count
  std::chrono::hours max_staleness{0};  ///< how much older than it says rollout data may be
  std::uint32_t lowest_battery = 20;    ///< percent, where it is not being charged
  std::vector<std::string> hold;        ///< ids, or letters, not to install; "*" is all
  std::vector<std::string> expedite;  ///< ids, or letters, for which neither ramp nor windows count

  bool operator==(const Policy&) const = default;
};

/// Whether `names` (ids, letters, "*") has the improvement `id` of `letter`.
bool names(const std::vector<std::string>& names, const std::string& id, const std::string& letter);

std::string_view name_of(Automatic automatic);
/// Invalid unless "allowed", "always-on" or "always-off".
Result<Automatic> parse_automatic(std::string_view name);

}  // namespace interlude::rollout
