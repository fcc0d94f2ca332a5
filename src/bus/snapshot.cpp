#include "bus/snapshot.hpp"

#include <algorithm>

#include "bus/names.hpp"

namespace interlude::bus {
namespace {

/// Seconds since 1970; 0 where there is none.
std::uint64_t seconds_of(const std::optional<sys::Time>& time) {
  if (!time) return 0;
  return static_cast<std::uint64_t>(
      std::max<std::chrono::seconds::rep>(0, time->time_since_epoch() / std::chrono::seconds(1)));
}

/// Empty where there is none.
std::string text_of(const json::Value& report, const char* member) {
  const json::Value& value = report[member];
  return value.is_string() ? utf8(value.get<std::string>()) : std::string();
}

}  // namespace

Snapshot snapshot_of(const device::Report& report, const std::string& working) {
  const json::Value shown = to_json(report);
  const device::Polls& polls = report.record.polls;
  return {
      {"Platform", text_of(shown, "platform")},
      {"Baseline", text_of(shown, "baseline")},
      {"Letter", text_of(shown, "letter")},
      {"State", text_of(shown, "state")},
      {"Reason", text_of(shown, "reason_code")},
      {"ReasonText", text_of(shown, "reason")},
      {"Available", text_of(shown, "available")},
      {"Warning", text_of(shown, "warning")},
      {"LastError", text_of(shown, "last_error")},
      {"Working", working},
      {"Automatic", report.settings.automatic},
      {"LastPoll", seconds_of(polls.last)},
      {"LastVerifiedPoll", seconds_of(polls.verified)},
      {"NextPoll", seconds_of(polls.next)},
  };
}

}  // namespace interlude::bus
