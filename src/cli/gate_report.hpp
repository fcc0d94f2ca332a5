#pragma once

#include <nlohmann/json_fwd.hpp>

#include "cli/command.hpp"
#include "publish/gate.hpp"

namespace interlude::cli {

/// `{"blockers": […], "allowed": […], "warnings": […], "apply": […]}`: docs/gate.md.
nlohmann::json gate_value(const publish::GateReport& gate);

/// To standard error, for a person: what was allowed, warnings, and when components switch.
void note_gate(const Invocation& run, const publish::GateReport& gate);

}  // namespace interlude::cli
