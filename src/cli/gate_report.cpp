#include "cli/gate_report.hpp"

#include <fmt/format.h>

#include "json/json.hpp"

namespace interlude::cli {
namespace {

using publish::Finding;

json::Value finding_value(const Finding& finding) {
  json::Value value = {{"rule", finding.rule},     {"component", finding.component},
                       {"path", finding.path},     {"what", finding.what},
                       {"before", finding.before}, {"after", finding.after}};
  if (!finding.details.empty()) value["details"] = finding.details;
  return value;
}

}  // namespace

json::Value gate_value(const publish::GateReport& gate) {
  json::Value value = {{"blockers", json::Value::array()},
                       {"allowed", json::Value::array()},
                       {"warnings", json::Value::array()},
                       {"apply", json::Value::array()}};
  for (const Finding& finding : gate.blockers) {
    json::Value one = finding_value(finding);
    const std::string allowance = publish::allowance_for(finding);
    one["allow"] = allowance.empty() ? json::Value() : json::Value(allowance);
    value["blockers"].push_back(std::move(one));
  }
  for (const publish::AllowedFinding& allowed : gate.allowed) {
    json::Value one = finding_value(allowed.finding);
    one["reason"] = allowed.reason;
    value["allowed"].push_back(std::move(one));
  }
  for (const Finding& finding : gate.warnings) value["warnings"].push_back(finding_value(finding));
  for (const publish::ApplyChoice& choice : gate.apply) {
    value["apply"].push_back({{"component", choice.component},
                              {"proposed", improvement::name_of(choice.proposed)},
                              {"reason", choice.reason},
                              {"used", improvement::name_of(choice.used)}});
  }
  return value;
}

void note_gate(const Invocation& run, const publish::GateReport& gate) {
  for (const publish::AllowedFinding& allowed : gate.allowed) {
    run.note(fmt::format("allowed: {} ({})", publish::line_of(allowed.finding), allowed.reason));
  }
  for (const std::string& line : publish::some_lines(gate.warnings)) {
    run.note("warning: " + line);
  }
  for (const publish::ApplyChoice& choice : gate.apply) {
    const bool proposed = choice.used == choice.proposed;
    run.note(fmt::format("{} switches {}{}", choice.component, improvement::name_of(choice.used),
                         proposed ? ": " + choice.reason : " as --apply says"));
  }
}

}  // namespace interlude::cli
