#pragma once
// The device's properties as the bus has them, at one moment.

#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "base/layout.hpp"
#include "device/report.hpp"

namespace interlude::bus {

/// s, b, t
using PropertyValue = std::variant<std::string, bool, std::uint64_t>;
using Snapshot = std::map<std::string, PropertyValue, std::less<>>;

/// `working`: the operation under way, empty if none.
Snapshot snapshot_of(const device::Report& report, const std::string& working);

}  // namespace interlude::bus
