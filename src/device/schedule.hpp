#pragma once
// When to poll: spread over devices, so that a million of them are no wave, and more rarely the
// longer a repository fails.

#include <chrono>
#include <cstdint>
#include <optional>

#include "sys/random.hpp"

namespace interlude::device {

/// The interval, give or take a sixth (60 ± 10 minutes).
std::chrono::seconds until_next_poll(std::chrono::seconds interval, sys::Random& random);

/// After `failures` (>= 1) in a row: 15 minutes doubled each time, times 1 to 2, at most a day.
/// What the server asked for (Retry-After) wins, up to a day.
std::chrono::seconds back_off(std::uint64_t failures,
                              std::optional<std::uint64_t> retry_after_seconds,
                              sys::Random& random);

/// After the start of a machine that has polled before: 1 to 10 minutes.
std::chrono::seconds until_first_poll(sys::Random& random);

/// 5 s to 2 minutes: a whole floor of machines comes back when its switch does.
std::chrono::seconds until_poll_on_new_network(sys::Random& random);

}  // namespace interlude::device
