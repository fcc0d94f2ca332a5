#include "dpkg/version.hpp"

#include <algorithm>

namespace interlude::dpkg {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Where a character sorts among those that are no digits; the end of the text is 0.
int order_of(char c) {
  if (c == '~') return -1;
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return c;
  return static_cast<unsigned char>(c) + 256;
}

/// Takes the digits that `text` starts with, without leading zeros.
std::string_view take_number(std::string_view& text) {
  while (text.starts_with('0')) text.remove_prefix(1);
  const auto end = std::ranges::find_if_not(text, is_digit);
  const auto length = static_cast<std::size_t>(end - text.begin());
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

std::strong_ordering compare_parts(std::string_view left, std::string_view right) {
  while (!left.empty() || !right.empty()) {
    while ((!left.empty() && !is_digit(left.front())) ||
           (!right.empty() && !is_digit(right.front()))) {
      const auto take = [](std::string_view& text) {
        if (text.empty() || is_digit(text.front())) return 0;
        const int order = order_of(text.front());
        text.remove_prefix(1);
        return order;
      };
      const int left_order = take(left);
      const int right_order = take(right);
      if (left_order != right_order) return left_order <=> right_order;
    }
    const std::string_view left_number = take_number(left);
    const std::string_view right_number = take_number(right);
    if (left_number.size() != right_number.size()) {
      return left_number.size() <=> right_number.size();
    }
    if (left_number != right_number) return left_number.compare(right_number) <=> 0;
  }
  return std::strong_ordering::equal;
}

struct Version {
  std::string_view epoch;
  std::string_view upstream;
  std::string_view revision;
};

Version split_version(std::string_view text) {
  Version version;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    version.epoch = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  const std::size_t dash = text.rfind('-');
  version.upstream = text.substr(0, dash);
  if (dash != std::string_view::npos) version.revision = text.substr(dash + 1);
  return version;
}

}  // namespace

std::strong_ordering compare_versions(std::string_view left, std::string_view right) {
  const Version one = split_version(left);
  const Version other = split_version(right);
  for (const auto part : {&Version::epoch, &Version::upstream, &Version::revision}) {
    const std::strong_ordering order = compare_parts(one.*part, other.*part);
    if (order != std::strong_ordering::equal) return order;
  }
  return std::strong_ordering::equal;
}

}  // namespace interlude::dpkg
