#pragma once
// Commands of people who are not root: they go to the device's D-Bus service, which asks policy and
// polkit whether they may.

#include "bus/client.hpp"
#include "cli/command.hpp"

namespace interlude::cli {

/// Whether a command that changes the device in `root` is to be asked for over D-Bus: "/" is the
/// device that has a service, and root works on its files directly.
bool goes_over_bus(const std::string& root);

/// Asks, shows progress, and reports what the device is then.
Status over_bus(const Invocation& run, const bus::Call& call);

}  // namespace interlude::cli
