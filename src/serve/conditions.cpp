#include "serve/conditions.hpp"

#include <algorithm>
#include <charconv>

namespace interlude::serve {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  return value;
}

Range from_offset(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  if (offset >= size || length == 0) return {RangeKind::Unsatisfiable, {}};
  return {RangeKind::Part, {offset, std::min(length, size - offset)}};
}

}  // namespace

Range parse_range(std::string_view header, std::uint64_t size) {
  const Range whole{RangeKind::Whole, {0, size}};
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return whole;
  const std::string_view spec = trimmed(header.substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return whole;
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);
  const std::optional<std::uint64_t> first = number(first_text);
  const std::optional<std::uint64_t> last = number(last_text);
  if (first_text.empty()) {  // "-5": the last five
    if (!last) return whole;
    const std::uint64_t length = std::min(*last, size);
    return from_offset(size - length, length, size);
  }
  if (!first) return whole;
  if (last_text.empty()) return from_offset(*first, size, size);
  if (!last || *last < *first) return whole;
  return from_offset(*first, std::max(*last - *first + 1, *last - *first), size);
}

bool names_etag(std::string_view header, std::string_view etag) {
  constexpr std::string_view kWeak = "W/";
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    std::string_view one = trimmed(header.substr(0, comma));
    if (one == "*") return true;
    if (one.starts_with(kWeak)) one.remove_prefix(kWeak.size());
    if (one == etag) return true;
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
  }
  return false;
}

}  // namespace interlude::serve
