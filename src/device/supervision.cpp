#include "device/supervision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "device/code_paths.hpp"
#include "device/old_code.hpp"

namespace interlude::device {
namespace {

using improvement::Component;
using improvement::EntryKind;
using improvement::FileChange;
using improvement::Probe;

/// A unit that comes and goes by itself says nothing when it is gone.
bool is_watched(const std::string& unit) {
  return (unit.ends_with(".service") || unit.ends_with(".socket")) && !unit.starts_with("run-") &&
         !unit.starts_with("user@") && !unit.starts_with("user-runtime-dir@");
}

std::vector<running::Process> those_with_old_code(const running::Findings& findings) {
  std::vector<running::Process> all;
  std::ranges::copy_if(findings.processes, std::back_inserter(all),
                       [](const running::Process& each) { return !each.old.empty(); });
  return all;
}

std::vector<improvement::RestartRules> rules_of(const Improved* one, const Improved* other) {
  std::vector<improvement::RestartRules> rules;
  for (const Improved* improved : {one, other}) {
    if (improved == nullptr) continue;
    for (const Component* component : improved->on()) rules.push_back(component->restart);
  }
  return rules;
}

UnitWatch* find_unit(Vigil& vigil, const std::string& name) {
  const auto found = std::ranges::find(vigil.units, name, &UnitWatch::name);
  return found == vigil.units.end() ? nullptr : &*found;
}

}  // namespace

Result<running::Findings> Supervision::look(const Improved* on, const Improved* also) {
  if (!is_live()) return running::Findings();
  return parts_.workload.look(watched_paths(parts_.store, parts_.root, parts_.baseline, on, also));
}

bool Supervision::is_run(const Improved& off) {
  const auto findings = look(nullptr, &off);
  return findings && std::ranges::any_of(off.on(), [&](const Component* component) {
           return !with_old_code_of(*findings, *component, parts_.root).empty();
         });
}

Result<std::vector<running::Process>> Supervision::users_of(const Component& component) {
  if (!is_live()) return std::vector<running::Process>();
  std::vector<running::Watched> paths;
  for (const FileChange& change : component.files) {
    each_code_path(change, [&](const Path& path) {
      running::Watched& watch = paths.emplace_back();
      watch.path = join(parts_.root, path);
    });
  }
  auto findings = parts_.workload.look(paths);
  if (!findings) return std::unexpected(findings.error());
  return std::move(findings->processes);
}

Result<RestartPlan> Supervision::plan(std::span<const running::Process> old,
                                      const Improved* improved, const Improved* also) {
  const auto rules = rules_of(improved, also);
  std::vector<std::string> names = services_of(old);
  for (const auto& each : rules) names.insert(names.end(), each.units.begin(), each.units.end());
  const auto facts = parts_.workload.facts(names);
  if (!facts) return std::unexpected(facts.error());
  return plan_restarts(old, rules, parts_.policy, *facts);
}

Result<RestartPlan> Supervision::foresee(const Improved& wanted, const Improved* on) {
  if (!is_live()) return RestartPlan();
  // As if it were on already: whoever maps other code than that would restart.
  const auto findings = look(&wanted, on);
  if (!findings) return std::unexpected(findings.error());
  return plan(those_with_old_code(*findings), &wanted, nullptr);
}

std::vector<Probe> Supervision::probes(const Improved& improved) const {
  std::vector<Probe> all;
  for (const Component* component : improved.on()) {
    for (Probe probe : component->probes) {
      probe.name = component->name + "/" + probe.name;
      all.push_back(std::move(probe));
    }
  }
  all.insert(all.end(), parts_.local_probes.begin(), parts_.local_probes.end());
  return all;
}

Vigil Supervision::before(const std::string& generation) {
  Vigil vigil;
  if (!is_live()) return vigil;
  // Without a list there is less to compare with later; a fix is not held up for it.
  if (const auto active = parts_.workload.active_units()) {
    for (const std::string& name : *active) {
      if (is_watched(name)) vigil.units.push_back({name});
    }
  }
  const auto improved = parts_.store.generation(generation);
  if (!improved) return vigil;
  for (const Probe& probe : probes(*improved)) {
    if (parts_.workload.run_probe(probe)) vigil.probes.push_back(probe.name);
  }
  return vigil;
}

Status Supervision::load_changed(const Improved& improved) {
  std::vector<LoadTest> tests;
  for (const Component* component : improved.on()) {
    for (const FileChange* change : improvement::rebuilt_files(*component)) {
      tests.push_back({join(parts_.root, change->path),
                       is_file(change->before) ? join(parts_.baseline, change->path) : ""});
    }
  }
  return parts_.workload.try_loading(tests);
}

Status Supervision::restart_old_code(const Improved* on, const Improved* also, Vigil* vigil) {
  const auto findings = look(on, also);
  if (!findings) return std::unexpected(findings.error());
  const auto wanted = plan(those_with_old_code(*findings), on, also);
  if (!wanted) return std::unexpected(wanted.error());
  for (const std::string& unit : wanted->restart) {
    // Whether it came back, the look at all units says; it may have been a hiccup.
    (void)parts_.workload.restart(unit);
    if (vigil == nullptr) continue;
    if (UnitWatch* const watch = find_unit(*vigil, unit)) watch->touched = true;
  }
  if (vigil == nullptr || wanted->restart.empty()) return {};
  const auto facts = parts_.workload.facts(wanted->restart);
  if (!facts) return std::unexpected(facts.error());
  for (const auto& [name, now] : *facts) {
    if (UnitWatch* const watch = find_unit(*vigil, name)) watch->restarts = now.restarts;
  }
  return {};
}

Status Supervision::examine_unit(UnitWatch& unit, const UnitFacts& facts) {
  const bool crashed = unit.touched && facts.restarts > unit.restarts;
  const bool is_gone = unit.touched && !facts.active && facts.settled;
  if (!crashed && !is_gone && !facts.failed()) return {};
  const std::string result = facts.result.empty() ? "" : " (" + facts.result + ")";
  const Error broken(ErrorKind::Corrupt,
                     crashed ? unit.name + " crashes" + result
                             : unit.name + " was active and is not any more" + result);
  if (unit.revived) return std::unexpected(broken);
  unit.revived = true;
  if (crashed && facts.active) {
    unit.restarts = facts.restarts;  // its service manager has restarted it; the next time counts
    return {};
  }
  if (!parts_.workload.restart(unit.name)) return std::unexpected(broken);
  const auto again = parts_.workload.facts(std::span(&unit.name, 1));
  if (!again) return std::unexpected(again.error());
  const auto now = again->find(unit.name);
  if (now == again->end() || !now->second.active) return std::unexpected(broken);
  unit.touched = true;
  unit.restarts = now->second.restarts;
  return {};
}

Status Supervision::examine(const Improved& improved, Vigil& vigil) {
  std::vector<std::string> names;
  for (const UnitWatch& each : vigil.units) names.push_back(each.name);
  const auto facts =
      names.empty() ? Result<std::map<std::string, UnitFacts>>() : parts_.workload.facts(names);
  if (!facts) return std::unexpected(facts.error().during("looking at units"));
  for (UnitWatch& each : vigil.units) {
    const auto known = facts->find(each.name);
    // A unit that nobody knows any more was transient, or its package is gone.
    if (known == facts->end()) continue;
    if (const Status fine = examine_unit(each, known->second); !fine) return fine;
  }
  return ask_probes(improved, vigil);
}

Status Supervision::ask_probes(const Improved& improved, const Vigil& vigil) {
  for (const Probe& probe : probes(improved)) {
    if (std::ranges::find(vigil.probes, probe.name) == vigil.probes.end()) continue;
    if (parts_.workload.run_probe(probe)) continue;
    const Status again = parts_.workload.run_probe(probe);
    if (!again) {
      return fail(ErrorKind::Corrupt, "probe " + probe.name + ": " + again.error().message());
    }
  }
  return {};
}

/// A bad library of TLS must not lock its own fix out. A network that is away is no reason to go
/// back: so this process, which has the old libraries in memory, tries as well.
Status Supervision::refresh() {
  Status fresh = parts_.workload.refresh();
  if (fresh) return {};
  if (fresh.error().kind() != ErrorKind::Corrupt) {
    if (!parts_.source.ask([](std::uint64_t) { return true; })) return {};
    fresh = parts_.workload.refresh();
  }
  if (fresh) return {};
  return fail(ErrorKind::Corrupt,
              "a freshly started process cannot ask the repository: " + fresh.error().message());
}

Status Supervision::after_switch(const std::string& generation, Vigil& vigil) {
  if (!is_live()) return {};
  const auto improved = parts_.store.generation(generation);
  if (!improved) return std::unexpected(improved.error());
  if (const Status loads = load_changed(*improved); !loads) return loads;
  // Where no unit was active nobody manages units here.
  const bool is_managed = !vigil.units.empty();
  const Status restarted = is_managed ? restart_old_code(&*improved, nullptr, &vigil) : Status();
  if (!restarted) return restarted;
  if (const Status fine = examine(*improved, vigil); !fine) return fine;
  return refresh();
}

Status Supervision::again(const std::string& generation, Vigil& vigil) {
  if (!is_live()) return {};
  const auto improved = parts_.store.generation(generation);
  if (!improved) return std::unexpected(improved.error());
  return examine(*improved, vigil);
}

Status Supervision::check_boot(const std::vector<std::string>& units) {
  if (!is_live() || units.empty()) return {};
  const auto facts = parts_.workload.facts(units);
  if (!facts) return std::unexpected(facts.error());
  for (const auto& [name, now] : *facts) {
    if (now.failed()) {
      return fail(ErrorKind::Corrupt, name + " is not active (" + now.result + ")");
    }
  }
  const Status refreshed = parts_.workload.refresh();
  // At a boot there may be no network yet: only a process that cannot start says something.
  if (refreshed || refreshed.error().kind() != ErrorKind::Corrupt) return {};
  return refreshed;
}

void Supervision::after_going_back(const std::string& generation, const Vigil& vigil) {
  if (!is_live()) return;
  // What is on now is what counts; all of this is help for what runs, and none of it undoes it.
  const auto off = parts_.store.generation(generation);
  const auto current = parts_.backend.current();
  const auto on = current ? parts_.store.generation(*current) : off;
  const bool is_on = current && *current != kBaseline && on;
  (void)restart_old_code(is_on ? &*on : nullptr, off ? &*off : nullptr, nullptr);
  std::vector<std::string> names;
  for (const UnitWatch& each : vigil.units) names.push_back(each.name);
  const auto facts = parts_.workload.facts(names);
  if (!facts) return;
  for (const UnitWatch& each : vigil.units) {
    const auto known = facts->find(each.name);
    if (known == facts->end()) continue;
    const bool is_down = known->second.failed() || (each.touched && !known->second.active);
    if (is_down) (void)parts_.workload.restart(each.name);
  }
}

void Supervision::after_commit(const std::string& generation) {
  if (!is_live()) return;
  const auto improved = parts_.store.generation(generation);
  if (!improved) return;
  const auto findings = look(&*improved);
  if (!findings) return;
  const bool manager = std::ranges::any_of(findings->processes, [](const running::Process& each) {
    return each.pid == 1 && !each.old.empty();
  });
  if (manager)
    (void)parts_.workload.renew_manager();  // status shows whether it still runs old code
}

}  // namespace interlude::device
