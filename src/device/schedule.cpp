#include "device/schedule.hpp"

#include <algorithm>

namespace interlude::device {
namespace {

using std::chrono::seconds;

constexpr seconds kDay = std::chrono::hours(24);
constexpr seconds kFirstBackOff = std::chrono::minutes(15);
constexpr std::uint64_t kDoublings = 7;  // 15 minutes × 2^7 exceeds a day

seconds between(seconds least, seconds most, sys::Random& random) {
  const auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
  return least + seconds(sys::uniform(random, span));
}

}  // namespace

seconds until_next_poll(seconds interval, sys::Random& random) {
  return between(interval - interval / 6, interval + interval / 6, random);
}

seconds back_off(std::uint64_t failures, std::optional<std::uint64_t> retry_after_seconds,
                 sys::Random& random) {
  if (retry_after_seconds) {
    return seconds(
        std::min<std::uint64_t>(*retry_after_seconds, static_cast<std::uint64_t>(kDay.count())));
  }
  const std::uint64_t doublings =
      std::min(failures - std::min<std::uint64_t>(failures, 1), kDoublings);
  const seconds base = kFirstBackOff * (1U << doublings);
  return std::min(between(base, 2 * base, random), kDay);
}

seconds until_first_poll(sys::Random& random) {
  return between(std::chrono::minutes(1), std::chrono::minutes(10), random);
}

seconds until_poll_on_new_network(sys::Random& random) {
  return between(seconds(5), std::chrono::minutes(2), random);
}

}  // namespace interlude::device
