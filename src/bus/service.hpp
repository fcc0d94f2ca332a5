#pragma once
// org.interlude.Agent1 on the system bus: docs/dbus.md. Started by the bus when somebody calls,
// gone again when nobody has for a while: nothing of it stays in memory.
//
// It reads the device itself, and changes nothing itself: whoever asks for a change is checked
// here (policy first, then polkit), and a worker of its own then does it.

#include <chrono>
#include <string>

#include "base/path.hpp"
#include "base/result.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"

namespace interlude::bus {

struct ServiceOptions {
  Path root = "/";
  Path worker;  ///< the `interlude` program
  std::chrono::seconds idle{30};
};

/// Until nobody has called for a while, or SIGTERM. Errors: Unavailable where there is no bus, or
/// the name is taken.
Status serve(sys::FileSystem& disk, sys::Clock& clock, const ServiceOptions& options);

}  // namespace interlude::bus
