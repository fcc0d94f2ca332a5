#pragma once
// Package managers at work. Each has a lease: a file in run/interlude/leases named after the
// process, PID.STARTTIME, so that a number that was given to another process counts for nothing. A
// lease ends with its process, however that ends; one named PID.STARTTIME.locked ends already when
// the process gives up the package manager's locks, which services do that work and go on waiting.

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

enum class LeaseEnds { WithProcess, WithLock };

/// Opens a lease for `pid`. NotFound where there is no such process.
Status open_lease(const Layout& layout, int pid, LeaseEnds ends = LeaseEnds::WithProcess);
/// Ends the lease of `pid`; no error if it has none.
Status end_lease(const Layout& layout, int pid);
/// Those that have not ended. Forgets the others.
Result<std::vector<Lessee>> live_leases(const Layout& layout);

/// Who holds one of the package manager's locks: apt keeps one over several runs of dpkg.
std::optional<int> holder_of_package_locks(const Layout& layout);

/// When process `pid` started, in clock ticks since the boot (proc(5), stat, field 22).
std::optional<std::string> start_time_of(int pid);
/// Its parent (field 4) and its name (field 2).
std::optional<int> parent_of_process(int pid);
std::string program_of(int pid);

}  // namespace interlude::overlay
