#pragma once
// The publisher's gate: what an improvement may change of a system that goes on running, judged
// before anything is signed. A device refuses some of it again (improvement::parse_manifest); most
// of it no device can see. docs/gate.md has every rule, why it is one, and how to pass it.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "publish/components.hpp"
#include "publish/gate/apply_choices.hpp"
#include "publish/gate/finding.hpp"

namespace interlude::publish {

/// What a person said, against what the gate would say.
struct GateChoices {
  std::vector<improvement::Allowance> allowances;  ///< `rule` is RULE or RULE:PATHGLOB
  ApplyChoices apply;                              ///< else as proposed
};

struct AllowedFinding {
  Finding finding;
  std::string reason;
};

/// When a component may switch.
struct ApplyChoice {
  std::string component;
  improvement::Apply proposed = improvement::Apply::LiveWithRestart;
  std::string reason;  ///< of the proposal
  improvement::Apply used = improvement::Apply::LiveWithRestart;
};

struct GateReport {
  std::vector<Finding> blockers;        ///< that no allowance covers: the build is refused
  std::vector<AllowedFinding> allowed;  ///< that one does
  std::vector<Finding> warnings;
  std::vector<ApplyChoice> apply;  ///< in the order of the components
  std::vector<improvement::Allowance>
      allowances;  ///< those that were needed, as given; and what differs
                   ///< from what was proposed: "apply:COMPONENT"
  std::vector<improvement::Allowance> unused;
};

/// Judges all components together, so that a person sees everything at once.
/// Errors: Invalid for an allowance of an unknown rule or without a reason, and for an `apply` of a
/// component that is none of them; those of reading.
/// Cost: reads what differs; a copy of each ELF file in memory, one at a time.
Result<GateReport> judge(const Sides& sides, const Comparison& comparison,
                         const std::vector<Part>& parts, const GateChoices& choices);

/// Denied, naming every blocker with the option that would allow it, unless there is none.
Status passed(const GateReport& report);

/// One finding as a line: "PATH (COMPONENT): what (was → is)".
std::string line_of(const Finding& finding);

/// Those lines, of each rule some only: at the end, how many more there are.
std::vector<std::string> some_lines(std::span<const Finding> findings);

/// What to write after `--allow` for it; "" where nothing allows it.
std::string allowance_for(const Finding& finding);

}  // namespace interlude::publish
