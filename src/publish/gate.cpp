#include "publish/gate.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "publish/gate/apply_proposal.hpp"
#include "publish/gate/entry_rules.hpp"
#include "publish/gate/package_rules.hpp"
#include "publish/gate/version_strings.hpp"

namespace interlude::publish {
namespace {

using improvement::Allowance;

constexpr std::array kAllowable = {
    rule::kCapability, rule::kConffile, rule::kDependency, rule::kElf,    rule::kHardening,
    rule::kInitramfs,  rule::kNeeded,   rule::kPlace,      rule::kScript, rule::kSearchPath,
    rule::kSoname,     rule::kSymbol,   rule::kTriggers,
};

bool may_be_allowed(std::string_view rule) {
  return std::ranges::find(kAllowable, rule) != kAllowable.end();
}

/// The rule of `RULE:GLOB`.
std::string_view rule_of(const Allowance& allowance) {
  return std::string_view(allowance.rule).substr(0, allowance.rule.find(':'));
}

/// The glob of `RULE:GLOB`; "*" where there is none.
std::string glob_of(const Allowance& allowance) {
  const std::size_t colon = allowance.rule.find(':');
  if (colon == std::string::npos) return "*";
  return allowance.rule.substr(
      std::min(allowance.rule.find_first_not_of('/', colon + 1), allowance.rule.size()));
}

/// A path with brackets in it, written as it is, covers itself.
bool covers(const std::string& glob, const std::string& path) {
  return glob == path || fnmatch(glob.c_str(), path.c_str(), 0) == 0;
}

Status check_allowances(std::span<const Allowance> allowances) {
  for (const Allowance& allowance : allowances) {
    if (!may_be_allowed(rule_of(allowance))) {
      return fail(ErrorKind::Invalid,
                  fmt::format("--allow {}: no such rule; those that can be allowed: {}",
                              allowance.rule, fmt::join(kAllowable, ", ")));
    }
    if (!allowance.reason.empty() && is_printable_utf8(allowance.reason) &&
        is_printable_utf8(allowance.rule) && !glob_of(allowance).empty()) {
      continue;
    }
    return fail(
        ErrorKind::Invalid,
        fmt::format("--allow {}: expected RULE=REASON or RULE:PATHGLOB=REASON", allowance.rule));
  }
  return {};
}

/// Fills in what an ELF file says, or why it cannot be read.
Status look_at(const Content& content, std::optional<ElfFacts>& facts, std::string& problem) {
  if (!content) return {};
  const auto file = content();
  if (!file) return std::unexpected(file.error());
  const Result<ByteView> bytes = (*file)->view();
  if (!bytes) return std::unexpected(bytes.error());
  if (!is_elf(*bytes)) return {};
  Result<ElfFacts> read = read_elf_facts(*bytes);
  if (!read && read.error().kind() != ErrorKind::Corrupt) return std::unexpected(read.error());
  if (read) {
    facts = std::move(*read);
  } else {
    problem = read.error().message();
  }
  return {};
}

Result<std::vector<Subject>> subjects_of(const Part& part) {
  std::vector<Subject> subjects;
  for (const Change* change : part.changes) {
    Subject subject{.change = change, .component = part.component.name};
    Status done = look_at(change->before, subject.before, subject.before_problem);
    if (done) done = look_at(change->after, subject.after, subject.after_problem);
    if (!done) return std::unexpected(done.error().during(change->file.path));
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

/// Programs and libraries of the packages that a component changes, and that are none of it. Of a
/// folder it is not known which those are.
Result<std::vector<Companion>> companions_of(const Part& part, const Sides& sides,
                                             const Comparison& comparison) {
  const Tree& tree = sides.patched;
  std::set<std::size_t> packages;
  std::set<Path> changed;
  for (const Change* change : part.changes) {
    changed.insert(change->file.path);
    const auto owner = tree.owners.find(change->file.path);
    if (owner != tree.owners.end()) packages.insert(owner->second);
  }
  std::set<Path> others;
  for (const Change& change : comparison.changes) others.insert(change.file.path);
  std::vector<Companion> companions;
  for (const auto& [path, owner] : tree.owners) {
    const auto item = tree.items.find(path);
    if (!packages.contains(owner) || changed.contains(path) || !may_be_companion(path) ||
        item == tree.items.end()) {
      continue;
    }
    std::optional<ElfFacts> facts;
    std::string problem;  // nothing that changes
    if (const Status done = look_at(item->second.content, facts, problem); !done) {
      return std::unexpected(done.error().during(path));
    }
    if (facts) companions.push_back({path, std::move(*facts), others.contains(path)});
  }
  return companions;
}

ApplyChoice choose_apply(const Part& part, ApplyProposal proposal, const GateChoices& choices,
                         Findings& findings) {
  const improvement::Apply used = choices.apply.of(part.component.name, proposal.apply);
  if (used < proposal.apply) {
    findings.warnings.push_back({rule::kApply,
                                 part.component.name,
                                 "switches earlier than proposed; " + proposal.reason,
                                 fmt::format("proposed {}", improvement::name_of(proposal.apply)),
                                 std::string(improvement::name_of(used)),
                                 {},
                                 part.component.name});
  }
  return {part.component.name, proposal.apply, std::move(proposal.reason), used};
}

Status check_apply(const std::vector<Part>& parts, const ApplyChoices& apply) {
  for (const auto& [name, mode] : apply.by_component) {
    if (std::ranges::any_of(parts, [&](const Part& each) { return each.component.name == name; })) {
      continue;
    }
    std::string known;
    for (const Part& each : parts) known += (known.empty() ? "" : ", ") + each.component.name;
    return fail(ErrorKind::Invalid,
                fmt::format("--apply {}={}: nothing differs in such a component; those that do: {}",
                            name, improvement::name_of(mode), known));
  }
  return {};
}

/// Whoever reads the manifest is to know that a person chose otherwise.
void record_apply(GateReport& report) {
  for (const ApplyChoice& choice : report.apply) {
    if (choice.used == choice.proposed) continue;
    report.allowances.push_back(
        {fmt::format("{}:{}", rule::kApply, choice.component),
         fmt::format("{} by the publisher's choice; proposed was {}: {}",
                     improvement::name_of(choice.used), improvement::name_of(choice.proposed),
                     choice.reason)});
  }
}

/// Shares out the blockers among those that are allowed and those that are not.
void settle(std::vector<Finding> blockers, std::span<const Allowance> allowances,
            GateReport& report) {
  std::vector<bool> needed(allowances.size(), false);
  for (Finding& finding : blockers) {
    const auto found = std::ranges::find_if(allowances, [&](const Allowance& one) {
      return rule_of(one) == finding.rule && covers(glob_of(one), finding.path);
    });
    if (found == allowances.end()) {
      report.blockers.push_back(std::move(finding));
    } else {
      needed[static_cast<std::size_t>(found - allowances.begin())] = true;
      report.allowed.push_back({std::move(finding), found->reason});
    }
  }
  for (std::size_t i = 0; i < allowances.size(); ++i) {
    (needed[i] ? report.allowances : report.unused).push_back(allowances[i]);
  }
}

void sort_findings(std::vector<Finding>& findings) {
  std::ranges::stable_sort(
      findings, {}, [](const Finding& one) { return std::tie(one.component, one.path, one.rule); });
}

/// A line for each finding, of each rule some only; then how many more there are.
template <class Line, class Rest>
std::vector<std::string> lines_with(std::span<const Finding> findings, Line line, Rest rest) {
  constexpr std::size_t kMostOfOneRule = 8;
  std::vector<std::string> lines;
  std::map<std::string_view, std::size_t> counts;
  for (const Finding& finding : findings) {
    if (++counts[finding.rule] <= kMostOfOneRule) lines.push_back(line(finding));
  }
  for (const auto& [rule, count] : counts) {
    if (count <= kMostOfOneRule) continue;
    lines.push_back(
        fmt::format("and {} more of the rule {}{}", count - kMostOfOneRule, rule, rest(rule)));
  }
  return lines;
}

}  // namespace

Result<GateReport> judge(const Sides& sides, const Comparison& comparison,
                         const std::vector<Part>& parts, const GateChoices& choices) {
  if (const Status good = check_allowances(choices.allowances); !good) {
    return std::unexpected(good.error());
  }
  if (const Status known = check_apply(parts, choices.apply); !known) {
    return std::unexpected(known.error());
  }
  GateReport report;
  Findings findings;
  std::vector<Subject> all;
  for (const Part& part : parts) {
    Result<std::vector<Subject>> subjects = subjects_of(part);
    if (!subjects) return std::unexpected(subjects.error());
    const Result<std::vector<Companion>> companions = companions_of(part, sides, comparison);
    if (!companions) return std::unexpected(companions.error());
    report.apply.push_back(
        choose_apply(part, propose_apply(*subjects, *companions), choices, findings));
    std::ranges::move(*subjects, std::back_inserter(all));
  }
  judge_entries(all, findings);
  judge_elf(all, Libraries(sides, comparison), findings);
  Status done = judge_version_strings(all, findings);
  if (done) done = judge_packages(sides, comparison, parts, findings);
  if (!done) return std::unexpected(done.error());
  sort_findings(findings.blockers);
  sort_findings(findings.warnings);
  report.warnings = std::move(findings.warnings);
  settle(std::move(findings.blockers), choices.allowances, report);
  record_apply(report);
  return report;
}

std::string line_of(const Finding& finding) {
  std::string line = finding.path;
  if (!finding.component.empty() && finding.component != finding.path) {
    line += fmt::format(" ({})", finding.component);
  }
  line += ": " + finding.what;
  if (!finding.before.empty() || !finding.after.empty()) {
    line += fmt::format(" [was: {}; is: {}]", finding.before, finding.after);
  }
  return line;
}

std::string allowance_for(const Finding& finding) {
  if (!may_be_allowed(finding.rule)) return "";
  std::string glob = finding.path;
  std::ranges::replace(glob, '=', '?');  // the first one would end the glob
  return fmt::format("{}:{}=REASON", finding.rule, glob);
}

std::vector<std::string> some_lines(std::span<const Finding> findings) {
  return lines_with(
      findings, [](const Finding& finding) { return line_of(finding); },
      [](std::string_view) { return ""; });
}

Status passed(const GateReport& report) {
  if (report.blockers.empty()) return {};
  const auto line = [](const Finding& finding) {
    const std::string allowance = allowance_for(finding);
    return line_of(finding) +
           (allowance.empty() ? "\n    nothing allows it"
                              : fmt::format("\n    if that is meant: --allow \"{}\"", allowance));
  };
  const auto all = [](std::string_view rule) {
    return may_be_allowed(rule) ? fmt::format("; for all: --allow \"{}=REASON\"", rule) : "";
  };
  return fail(ErrorKind::Denied,
              fmt::format("the gate refuses this improvement ({} blocker{}, docs/gate.md):\n  {}",
                          report.blockers.size(), report.blockers.size() == 1 ? "" : "s",
                          fmt::join(lines_with(report.blockers, line, all), "\n  ")));
}

}  // namespace interlude::publish
