#include "units/system_workload.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "units/socket_probe.hpp"

namespace interlude::units {
namespace {

/// How long a unit may take until it is ready; systemd's own limits are mostly shorter.
constexpr std::chrono::seconds kLongestRestart{120};
/// What a shell and posix_spawn say of a program that did not start.
constexpr int kNotStarted = 126;
constexpr int kInterrupted = 130;
constexpr std::uint64_t kLongestOutput = 1U << 20U;

/// Whether that exit code says that the program could not start, or died of a signal.
bool died(int exit_code) {
  return exit_code >= kNotStarted && exit_code != kInterrupted;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

}  // namespace

Result<ServiceManager*> SystemWorkload::manager() {
  if (manager_ != nullptr) return manager_.get();
  auto connected = ServiceManager::connect(options_.manager_socket);
  if (!connected) return std::unexpected(connected.error());
  manager_ = std::move(*connected);
  return manager_.get();
}

template <class Do>
auto SystemWorkload::with_manager(const Do& work)
    -> decltype(work(std::declval<ServiceManager&>())) {
  const bool is_fresh = manager_ == nullptr;
  const auto first = manager();
  if (!first) return std::unexpected(first.error());
  auto done = work(**first);
  if (done || is_fresh || done.error().kind() != ErrorKind::Unavailable) return done;
  manager_.reset();
  const auto second = manager();
  if (!second) return done;
  return work(**second);
}

bool SystemWorkload::is_starting() {
  const auto state = with_manager([](ServiceManager& manager) { return manager.system_state(); });
  return state && (*state == "initializing" || *state == "starting");
}

Result<running::Findings> SystemWorkload::look(std::span<const running::Watched> watched) {
  return running::look({.proc = "/proc", .root = options_.root, .except = ::getpid()}, watched);
}

Result<std::vector<std::string>> SystemWorkload::active_units() {
  return with_manager([](ServiceManager& manager) { return manager.active_units(); });
}

Result<std::map<std::string, device::UnitFacts>> SystemWorkload::facts(
    std::span<const std::string> units) {
  std::map<std::string, device::UnitFacts> all;
  for (const std::string& unit : units) {
    auto facts = with_manager([&](ServiceManager& manager) { return manager.facts(unit); });
    if (!facts) return std::unexpected(facts.error());
    if (*facts) all.emplace(unit, std::move(**facts));
  }
  return all;
}

Status SystemWorkload::restart(const std::string& unit) {
  // Ours must neither use up the starts that a unit has in a while, nor fail because a switch and
  // the way back came close together: the manager begins counting anew.
  const Status forgotten =
      with_manager([&](ServiceManager& manager) { return manager.reset_failed(unit); });
  (void)forgotten;  // a unit that nobody knows is named by the restart
  // Not with_manager: a job that takes too long is Unavailable, and must not be begun twice.
  const auto connected = manager();
  if (!connected) return std::unexpected(connected.error());
  return (*connected)->restart(unit, kLongestRestart);
}

Result<std::vector<std::string>> SystemWorkload::unloadable(const std::vector<std::string>& files) {
  std::vector<std::string> command{options_.load_helper};
  command.insert(command.end(), files.begin(), files.end());
  const auto finished = processes_->filter(command, {}, kLongestOutput);
  if (!finished) return std::unexpected(finished.error());
  if (died(finished->exit_code)) {
    return fail(ErrorKind::Corrupt,
                fmt::format("a fresh process does not start any more (exit code {}): {}",
                            finished->exit_code, first_line(finished->errors)));
  }
  std::vector<std::string> lines;
  std::string_view rest = finished->output;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

Status SystemWorkload::try_loading(std::span<const device::LoadTest> tests) {
  if (tests.empty()) return {};
  std::vector<std::string> files;
  for (const device::LoadTest& each : tests) files.push_back(each.file);
  const auto failed = unloadable(files);
  if (!failed) return std::unexpected(failed.error());
  for (const std::string& line : *failed) {
    // "FILE: why", FILE being one of ours.
    const auto test = std::ranges::find_if(
        tests, [&](const device::LoadTest& each) { return line.starts_with(each.file + ": "); });
    if (test == tests.end()) return fail(ErrorKind::Internal, "load helper: " + line);
    if (!test->before.empty()) {
      // Plugins need their host: one that could not be loaded so before says nothing now.
      const auto before = unloadable({test->before});
      if (before && !before->empty()) continue;
    }
    return fail(ErrorKind::Corrupt, line);
  }
  return {};
}

Status SystemWorkload::run_probe(const improvement::Probe& probe) {
  const std::chrono::seconds limit(probe.seconds);
  switch (probe.kind) {
    case improvement::Probe::Kind::Command:
      if (::access(probe.command.front().c_str(), X_OK) != 0) {
        return fail(ErrorKind::NotFound, probe.command.front() + " is not here");
      }
      return with_manager(
          [&](ServiceManager& manager) { return manager.run(probe.command, limit); });
    case improvement::Probe::Kind::Unit: {
      const auto facts =
          with_manager([&](ServiceManager& manager) { return manager.facts(probe.target); });
      if (!facts) return std::unexpected(facts.error());
      if (*facts && (*facts)->active) return {};
      return fail(ErrorKind::Corrupt, probe.target + " is not active");
    }
    case improvement::Probe::Kind::Socket:
      return connect_to(probe.target, limit);
  }
  return {};
}

Status SystemWorkload::refresh() {
  if (options_.refresh.empty()) return {};
  const auto finished = processes_->filter(options_.refresh, {}, kLongestOutput);
  if (!finished) return std::unexpected(finished.error());
  if (finished->exit_code == 0) return {};
  const ErrorKind kind = died(finished->exit_code) ? ErrorKind::Corrupt : ErrorKind::Unavailable;
  return fail(kind,
              fmt::format("exit code {}: {}", finished->exit_code, first_line(finished->errors)));
}

Status SystemWorkload::renew_manager() {
  // A process 1 that cannot be started takes the machine down with it.
  const auto tried = processes_->run({options_.manager_program, "--version"}, "");
  if (!tried) return std::unexpected(tried.error());
  if (tried->exit_code != 0) {
    return fail(ErrorKind::Corrupt, fmt::format("{} --version: exit code {}",
                                                options_.manager_program, tried->exit_code));
  }
  const Status begun = with_manager([](ServiceManager& manager) { return manager.reexecute(); });
  manager_.reset();
  return begun;
}

}  // namespace interlude::units
