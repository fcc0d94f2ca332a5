#include "sim_workload.hpp"

#include <algorithm>

#include "fixture.hpp"

namespace interlude::crash {
namespace {

const Layout kLayout("/device");

Path below_tree(const Path& path) {
  return path.substr(kLayout.root().size() + 1);
}

}  // namespace

void SimWorkload::start(Program program) {
  load(program);
  if (!program.unit.empty()) units[program.unit].active = true;
  programs_.push_back(std::move(program));
}

void SimWorkload::load(Program& program) {
  program.loaded.clear();
  const Path tree = disk_->resolve(join(kLayout.active(), "tree")).value_or(kLayout.root());
  for (const Path& path : program.maps) {
    const auto content = disk_->read(join(tree, path), 1U << 20U);
    if (content) program.loaded[path] = crypto::sha256(*content);
  }
}

void SimWorkload::reboot() {
  for (Program& each : programs_) load(each);
}

void SimWorkload::end(int pid) {
  std::erase_if(programs_, [&](const Program& each) { return each.pid == pid; });
}

bool SimWorkload::on_baseline() {
  const auto active = disk_->read_link(kLayout.active());
  return active && file_name_of(*active) == kBaseline;
}

Result<running::Findings> SimWorkload::look(std::span<const running::Watched> watched) {
  running::Findings findings;
  for (const Program& program : programs_) {
    running::Process seen{program.pid, program.name, 0, "root", {program.unit, 0, false}, {}, {}};
    seen.belongs.of_person = program.of_person;
    for (const running::Watched& each : watched) {
      const auto loaded = program.loaded.find(below_tree(each.path));
      if (loaded == program.loaded.end()) continue;
      seen.maps.push_back(each.path);
      if (each.wanted != loaded->second) seen.old.push_back(each.path);
    }
    if (!seen.maps.empty()) findings.processes.push_back(std::move(seen));
  }
  return findings;
}

Result<std::vector<std::string>> SimWorkload::active_units() {
  std::vector<std::string> names;
  for (const auto& [name, now] : units) {
    if (now.active) names.push_back(name);
  }
  return names;
}

Result<std::map<std::string, device::UnitFacts>> SimWorkload::facts(
    std::span<const std::string> names) {
  std::map<std::string, device::UnitFacts> found;
  for (const std::string& name : names) {
    const auto known = units.find(name);
    if (known != units.end()) found.insert(*known);
  }
  return found;
}

Status SimWorkload::restart(const std::string& unit) {
  restarted.push_back(unit);
  const bool fails = (fail_on_new.contains(unit) && !on_baseline()) || fail_once.erase(unit) > 0;
  device::UnitFacts& now = units[unit];
  now.active = !fails;
  now.result = fails ? "core-dump" : "success";
  if (fails) return fail(ErrorKind::Corrupt, unit + " failed");
  for (Program& each : programs_) {
    if (each.unit == unit) load(each);
  }
  return {};
}

Status SimWorkload::try_loading(std::span<const device::LoadTest> tests) {
  if (new_files_load || tests.empty()) return {};
  return fail(ErrorKind::Corrupt, tests.front().file + " cannot be loaded");
}

Status SimWorkload::run_probe(const improvement::Probe& probe) {
  if (passing.contains(probe.name)) return {};
  return fail(ErrorKind::Corrupt, "exit code 1");
}

Status SimWorkload::renew_manager() {
  ++renewed;
  for (Program& each : programs_) {
    if (each.pid == 1) load(each);
  }
  return {};
}

}  // namespace interlude::crash
