#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace interlude::sys {

using Time = std::chrono::sys_seconds;

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time, UTC.
  virtual Time now() = 0;
  /// Never steps back; for durations only.
  virtual std::chrono::nanoseconds steady() = 0;
};

/// "2026-11-24T06:52:09Z", the one form used in all files.
std::string to_text(Time time);
/// Corrupt unless exactly in that form and a real date.
Result<Time> parse_time(std::string_view text);

}  // namespace interlude::sys
