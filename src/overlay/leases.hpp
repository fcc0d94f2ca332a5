#pragma once
// Package managers at work. Each has a lease: a file in run/interlude/leases named after the
// process, PID.STARTTIME, so that a number that was given to another process counts for nothing. A
// lease ends with its process, however that ends.

#include <optional>
#include <string>
#include <vector>

#include "base/layout.hpp"

namespace interlude::overlay {

struct Lessee {
  int pid = 0;
  std::string program;

  bool operator==(const Lessee&) const = default;
};

/// Opens a lease for `pid`, and forgets those of processes that have ended. NotFound where there is
/// no such process.
Status open_lease(const Layout& layout, int pid);
/// Ends the lease of `pid`; no error if it has none.
Status end_lease(const Layout& layout, int pid);
/// Those whose process is there.
Result<std::vector<Lessee>> live_leases(const Layout& layout);

/// When process `pid` started, in clock ticks since the boot (proc(5), stat, field 22).
std::optional<std::string> start_time_of(int pid);
/// Its parent (field 4) and its name (field 2).
std::optional<int> parent_of_process(int pid);
std::string program_of(int pid);

}  // namespace interlude::overlay
