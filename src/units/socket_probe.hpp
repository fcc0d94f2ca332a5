#pragma once

#include <chrono>
#include <string>

#include "base/result.hpp"

namespace interlude::units {

/// Connects to `address` (improvement::parse_address) and hangs up. Corrupt where nobody answers in
/// time.
Status connect_to(const std::string& address, std::chrono::seconds limit);

}  // namespace interlude::units
