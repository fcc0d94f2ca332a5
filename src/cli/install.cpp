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
};

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
    const auto report = device::make_report(disk, device::Layout(root), sys::posix::Clock().now());
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
  command.add_flag("--newest-only", wanted->newest_only)->group("");
  command.add_flag("--verbose", wanted->verbose, "Print each step to standard error");
  run.add_json_option(command);
  run.on_run(command, "interlude install --letter a openssl",
             [&run, wanted] { return install(run, *wanted); });
}

}  // namespace interlude::cli
