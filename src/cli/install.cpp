#include <algorithm>

#include "cli/command.hpp"
#include "cli/device_session.hpp"
#include "cli/over_bus.hpp"

namespace interlude::cli {
namespace {

struct InstallOptions {
  std::string root;
  std::string letter;
  std::string from;
  std::vector<std::string> components;
  bool verbose = false;
  bool newest_only = false;
  bool dry_run = false;
};

json::Value to_json(const device::Forecast& forecast) {
  json::Value components = json::Value::array();
  for (const device::ComponentState& each : forecast.generation.components) {
    components.push_back(device::to_json(each));
  }
  json::Value waiting = json::Value::array();
  for (const auto& [component, why] : forecast.waiting) {
    waiting.push_back({{"component", component}, {"why", why}});
  }
  json::Value left = json::Value::array();
  for (const device::LeftRunning& each : forecast.plan.left) {
    left.push_back({{"unit", each.unit}, {"why", each.why}});
  }
  return {{"letter", forecast.generation.letter}, {"components", std::move(components)},
          {"waiting", std::move(waiting)},        {"restart", forecast.plan.restart},
          {"left_running", std::move(left)},      {"told", device::to_json(forecast.plan.told)},
          {"process_1", forecast.plan.manager}};
}

std::string to_text(const device::Forecast& forecast) {
  std::string text = "(" + forecast.generation.letter + ") would be installed";
  for (const device::ComponentState& each : forecast.generation.components) {
    const auto waiting =
        std::ranges::find(forecast.waiting, each.name, &std::pair<std::string, std::string>::first);
    std::string what(device::name_of(each.standing));
    if (each.standing == device::Standing::On) what = "switches at once";
    if (waiting != forecast.waiting.end()) what = waiting->second;
    text += "\n  " + each.name + ": " + what;
  }
  for (const std::string& unit : forecast.plan.restart) text += "\n  restarts " + unit;
  for (const device::LeftRunning& each : forecast.plan.left) {
    text += "\n  leaves " + each.unit + " running: " + each.why;
  }
  if (!forecast.plan.told.empty()) {
    text += "\n  would still run old code: " + device::sum_up(forecast.plan.told);
  }
  if (forecast.plan.manager) text += "\n  process 1 begins anew once the probation is over";
  return text;
}

Status show_forecast(const Invocation& run, device::Agent& agent, const device::Request& request) {
  const auto forecast = agent.forecast(request);
  if (!forecast) return std::unexpected(forecast.error());
  if (run.json()) {
    run.print(*forecast ? to_json(**forecast) : json::Value());
  } else {
    run.print(*forecast ? to_text(**forecast) : "nothing would be installed");
  }
  return {};
}

/// What a repository says of which some files are not there yet, or not whole.
bool may_be_half_copied(ErrorKind kind) {
  return kind == ErrorKind::NotFound || kind == ErrorKind::Corrupt ||
         kind == ErrorKind::Unavailable;
}

/// Denied unless the letter that was asked for is the newest one now. What was newest when the
/// caller was allowed to ask may not be any more.
Status check_newest(device::Agent& agent, const std::string& letter, const std::string& root) {
  const Status asked = agent.run({device::Request::Kind::Check, std::nullopt, {}});
  if (!asked) return asked;
  std::string newest = agent.record().available;
  if (newest.empty()) {
    sys::posix::FileSystem disk;
    const auto report = device::make_report(disk, Layout(root), sys::posix::Clock().now());
    if (!report) return std::unexpected(report.error());
    if (report->active) newest = report->active->generation.letter;
  }
  if (letter == newest) return {};
  return fail(ErrorKind::Denied,
              "(" + newest + ") is the newest by now; another one is for the administrator");
}

Status install(const Invocation& run, const InstallOptions& wanted) {
  if (goes_over_bus(wanted.root)) {
    if (!wanted.from.empty()) return fail(ErrorKind::Denied, "--from: only for root");
    if (wanted.dry_run) return fail(ErrorKind::Denied, "--dry-run: only for root");
    return over_bus(run, {.method = bus::Call::Method::Install,
                          .letter = wanted.letter,
                          .components = wanted.components});
  }
  device::Request request{device::Request::Kind::Install, std::nullopt, wanted.components};
  if (!wanted.letter.empty()) {
    const auto letter = improvement::Letter::parse(wanted.letter);
    if (!letter) return std::unexpected(letter.error().during("--letter"));
    request.letter = *letter;
  }
  const auto session = DeviceSession::open(run, {.root = wanted.root,
                                                 .verbose = wanted.verbose,
                                                 .show_progress = true,
                                                 .poll_interval = {},
                                                 .from = wanted.from});
  if (!session) return std::unexpected(session.error());
  if (wanted.newest_only && request.letter) {
    const Status newest = check_newest((*session)->agent(), wanted.letter, wanted.root);
    if (!newest) return newest;
  }
  if (wanted.dry_run) return show_forecast(run, (*session)->agent(), request);
  const Status installed = (*session)->agent().run(request);
  if (!installed && !wanted.from.empty() && may_be_half_copied(installed.error().kind())) {
    return fail(installed.error().kind(), installed.error().message() +
                                              ". If the repository is still being copied, install "
                                              "when that is done");
  }
  if (!installed) return installed;
  return print_report(run, wanted.root);
}

}  // namespace

void define_install(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "install", "Install the newest improvement, or the one named; also steps back to an older");
  const auto wanted = std::make_shared<InstallOptions>();
  add_root_option(command, wanted->root);
  run.add_child_option(command);
  command.add_option("--letter", wanted->letter, "Letter to install, e.g. a")->type_name("LETTER");
  command
      .add_option("--from", wanted->from,
                  "Folder with a copied repository to install from, without any network")
      ->type_name("DIR");
  command
      .add_option("component", wanted->components, "Components to install; all if none is named")
      ->type_name("COMPONENT");
  command.add_flag("--dry-run", wanted->dry_run,
                   "Say what would switch, restart and wait, and change nothing");
  command.add_flag("--newest-only", wanted->newest_only)->group("");
  command.add_flag("--verbose", wanted->verbose, "Print each step to standard error");
  run.add_json_option(command);
  run.on_run(command, "interlude install --letter a openssl",
             [&run, wanted] { return install(run, *wanted); });
}

}  // namespace interlude::cli
