#pragma once
// Why a device waits, or does not. One list for agent, `interlude why`, console and simulator; the
// names are kept on disk and never change their meaning.

#include <string_view>

#include "base/result.hpp"

namespace interlude::rollout {

enum class Reason {
  NoImprovement,       ///< nothing is published for this platform and baseline
  Available,           ///< looked only (`check`); the next automatic poll installs it
  Withdrawn,           ///< the publisher took it back
  OnHold,              ///< the administrator's policy holds it
  InstallForbidden,    ///< the administrator's policy forbids installing
  AutomaticOff,        ///< the owner installs by hand
  Removed,             ///< the owner took it off
  Quarantined,         ///< it failed here before
  Paused,              ///< the publisher paused its rollout
  RolloutDataMissing,  ///< the publisher demands rollout data, and there is none for it
  RolloutDataRefused,  ///< there is some, and it is not what it must be: an alarm
  RolloutDataStale,    ///< it cannot be known whether the rollout goes on
  Ramp,                ///< the turn of this device has not come
  Deferred,            ///< the administrator's policy waits some hours with everything
  OutsideWindow,       ///< the administrator's policy names hours
  Metered,             ///< the connection is paid for by the byte
  OnBattery,           ///< and it is low
  AtBoot,              ///< prepared, and switched on by the next start of the machine
  InUse,               ///< prepared, and switched on once nobody runs it
  NothingApplies,      ///< published, but none of its components concerns this device
  Unreachable,         ///< no mirror answered properly
  Untrusted,           ///< signatures, versions or expiry forbid it
  Corrupt,             ///< something did not have the announced form or hash
  NoSpace,
  Interrupted,  ///< someone asked the agent to stop
  Failed,       ///< anything else; the detail says what
};

/// "no-improvement", "automatic-off" …
std::string_view name_of(Reason reason);
/// Corrupt unless it is the name of a reason.
Result<Reason> parse_reason(std::string_view name);

}  // namespace interlude::rollout
