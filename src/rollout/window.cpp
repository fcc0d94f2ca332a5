#include "rollout/window.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace interlude::rollout {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::minutes;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr unsigned kAllDays = 0x7f;

std::optional<unsigned> parse_day(std::string_view name) {
  const auto* const found = std::ranges::find(kDays, name);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<unsigned>(found - kDays.begin());
}

/// "Mon", "Mon-Fri", "Sat,Sun", "daily" as bits.
std::optional<unsigned> parse_days(std::string_view text) {
  if (text == "daily") return kAllDays;
  unsigned bits = 0;
  while (true) {
    const std::string_view part = text.substr(0, text.find(','));
    const std::size_t dash = part.find('-');
    const auto first = parse_day(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_day(part.substr(dash + 1));
    if (!first || !last) return std::nullopt;
    for (unsigned day = *first;; day = (day + 1) % 7) {
      bits |= 1U << day;
      if (day == *last) break;
    }
    if (part.size() == text.size()) return bits;
    text.remove_prefix(part.size() + 1);
  }
}

std::optional<unsigned> parse_two_digits(std::string_view text) {
  unsigned value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() != 2 || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

/// "HH:MM", up to "24:00".
std::optional<minutes> parse_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = parse_two_digits(text.substr(0, 2));
  const auto minute = parse_two_digits(text.substr(3));
  if (!hour || !minute || *minute > 59) return std::nullopt;
  const minutes time = std::chrono::hours(*hour) + minutes(*minute);
  if (time > 24h) return std::nullopt;
  return time;
}

}  // namespace

Result<Window> Window::parse(std::string_view text) {
  Window window;
  window.text_ = text;
  const std::size_t space = text.find(' ');
  const std::size_t dash = text.find('-', std::min(space, text.size()));
  if (space != std::string_view::npos && dash != std::string_view::npos) {
    const auto on = parse_days(text.substr(0, space));
    const auto from = parse_time_of_day(text.substr(space + 1, dash - space - 1));
    const auto to = parse_time_of_day(text.substr(dash + 1));
    if (on && from && to && *from != *to && *from < 24h) {
      window.days_ = *on;
      window.from_ = *from;
      window.to_ = *to > *from ? *to : *to + 24h;
      return window;
    }
  }
  return fail(ErrorKind::Invalid,
              "expected a window like \"Mon-Fri 22:00-06:00\" or \"daily "
              "03:00-05:00\", not \"" +
                  std::string(text) + "\"");
}

bool Window::contains(sys::Time local) const {
  const auto today = std::chrono::floor<days>(local);
  for (const auto day : {today - days(1), today}) {
    const unsigned weekday = std::chrono::weekday(day).c_encoding();
    if ((days_ >> weekday & 1U) == 0) continue;
    if (local >= day + from_ && local < day + to_) return true;
  }
  return false;
}

sys::Time Window::next_open(sys::Time local) const {
  auto day = std::chrono::floor<days>(local);
  while (true) {
    const unsigned weekday = std::chrono::weekday(day).c_encoding();
    if ((days_ >> weekday & 1U) != 0 && day + from_ > local) return day + from_;
    day += days(1);
  }
}

bool is_open(std::span<const Window> windows, sys::Time local) {
  return windows.empty() ||
         std::ranges::any_of(windows, [&](const Window& each) { return each.contains(local); });
}

std::optional<sys::Time> next_open(std::span<const Window> windows, sys::Time local) {
  std::optional<sys::Time> first;
  for (const Window& each : windows) {
    const sys::Time opens = each.next_open(local);
    if (!first || opens < *first) first = opens;
  }
  return first;
}

}  // namespace interlude::rollout
