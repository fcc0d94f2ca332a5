#pragma once
// Hours of the week in which a device may install, in its local time.

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sys/clock.hpp"

namespace interlude::rollout {

/// "Mon-Fri 22:00-06:00", "Sat,Sun 00:00-24:00", "daily 03:00-05:00". One that ends before it
/// begins ends on the next day.
class Window {
 public:
  /// Invalid unless of that form.
  static Result<Window> parse(std::string_view text);

  const std::string& text() const { return text_; }
  /// `local`: wall time there, as if it were UTC.
  bool contains(sys::Time local) const;
  /// When it next opens, strictly after `local`.
  sys::Time next_open(sys::Time local) const;

  bool operator==(const Window&) const = default;

 private:
  std::string text_;
  unsigned days_ = 0;  ///< bit 0: Sunday
  std::chrono::minutes from_{0};
  std::chrono::minutes to_{0};  ///< counted from the same midnight; above 24 h on the next day
};

/// Whether one of `windows` is open; true where there is none.
bool is_open(std::span<const Window> windows, sys::Time local);
/// When the next one opens; nothing where there is none.
std::optional<sys::Time> next_open(std::span<const Window> windows, sys::Time local);

}  // namespace interlude::rollout
