#pragma once
// What a device is and does, for people and for programs. Reads only: no lock is needed, and a
// report can be made while an agent works.

#include <optional>
#include <string>
#include <vector>

#include "device/config.hpp"
#include "device/memory.hpp"
#include "device/old_code.hpp"

namespace interlude::device {

struct Report {
  Config config;
  Record record;
  Settings settings;
  Path active_tree;
  std::optional<Improved> active;   ///< empty on the baseline
  std::optional<Improved> waiting;  ///< prepared as a whole, as it stands: its components wait
  std::optional<Activation> activation;
  /// Who runs what is on, and what is not on any more; nothing where nobody looked.
  std::optional<running::Findings> running;
  Path root;
  std::string warning;  ///< empty, or why protection may have ended
};

/// An advisory, and what it is of.
struct KnownAdvisory {
  const Improved* improved = nullptr;
  const improvement::Advisory* advisory = nullptr;
};
/// Of what is on, and of what waits as a whole; each once.
std::vector<KnownAdvisory> known_advisories(const Report& report);
/// Those of what is on and those that wait, or those of which nothing applied.
std::vector<ComponentState> known_components(const Report& report);

/// The processes of a report that run old code of anything.
std::vector<running::Process> old_code(const Report& report);

/// Errors: NotFound (not provisioned), Corrupt (damaged files of ours).
Result<Report> make_report(sys::FileSystem& disk, const Layout& layout, sys::Time now);

/// Adds who runs what is on, where the system itself runs from it: all of /proc is read, about a
/// millisecond a process. Where processes cannot be looked at it stays unknown.
void look_at_processes(Report& report, sys::FileSystem& disk, const Layout& layout);

/// docs/formats/device-state.md, section "status --json".
json::Value to_json(const Report& report);
/// Lines for a person.
std::string to_text(const Report& report);

}  // namespace interlude::device
