#include "rollout/reason.hpp"

#include <array>
#include <string>
#include <utility>

namespace interlude::rollout {
namespace {

constexpr std::array<std::pair<Reason, std::string_view>, 26> kReasons = {{
    {Reason::NoImprovement, "no-improvement"},
    {Reason::Available, "available"},
    {Reason::Withdrawn, "withdrawn"},
    {Reason::OnHold, "on-hold"},
    {Reason::InstallForbidden, "install-forbidden"},
    {Reason::AutomaticOff, "automatic-off"},
    {Reason::Removed, "removed"},
    {Reason::Quarantined, "quarantined"},
    {Reason::Paused, "paused"},
    {Reason::RolloutDataMissing, "rollout-data-missing"},
    {Reason::RolloutDataRefused, "rollout-data-refused"},
    {Reason::RolloutDataStale, "rollout-data-stale"},
    {Reason::Ramp, "ramp"},
    {Reason::Deferred, "deferred"},
    {Reason::OutsideWindow, "outside-window"},
    {Reason::Metered, "metered"},
    {Reason::OnBattery, "on-battery"},
    {Reason::NothingApplies, "nothing-applies"},
    {Reason::AtBoot, "at-boot"},
    {Reason::InUse, "in-use"},
    {Reason::Unreachable, "unreachable"},
    {Reason::Untrusted, "untrusted"},
    {Reason::Corrupt, "corrupt"},
    {Reason::NoSpace, "no-space"},
    {Reason::Interrupted, "interrupted"},
    {Reason::Failed, "failed"},
}};

}  // namespace

std::string_view name_of(Reason reason) {
  for (const auto& [value, name] : kReasons) {
    if (value == reason) return name;
  }
  return "failed";
}

Result<Reason> parse_reason(std::string_view name) {
  for (const auto& [value, known] : kReasons) {
    if (known == name) return value;
  }
  return fail(ErrorKind::Corrupt, "unknown reason \"" + std::string(name) + "\"");
}

}  // namespace interlude::rollout
