#pragma once
// What the machine is like at the moment.

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/path.hpp"

namespace interlude::sys::posix {

/// Whether something keeps the kernel's clock right (NTP).
bool clock_is_synchronised();
/// Local time less UTC, now.
std::chrono::minutes utc_offset();
/// The lowest charge in percent of the batteries below `power_supplies` that supply the machine;
/// nothing where there is none, one is being charged, or mains power is on. Peripherals' batteries
/// do not count.
std::optional<std::uint32_t> battery(const Path& power_supplies = "/sys/class/power_supply");

}  // namespace interlude::sys::posix
