#include "cli/command.hpp"
#include "cli/device_session.hpp"

namespace interlude::cli {
namespace {

struct InstallOptions {
  std::string root;
  std::string letter;
  std::string from;
  std::vector<std::string> components;
  bool verbose = false;
};

/// What a repository says of which some files are not there yet, or not whole.
bool may_be_half_copied(ErrorKind kind) {
  return kind == ErrorKind::NotFound || kind == ErrorKind::Corrupt ||
         kind == ErrorKind::Unavailable;
}

Status install(const Invocation& run, const InstallOptions& wanted) {
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
  command.add_option("--letter", wanted->letter, "Letter to install, e.g. a")->type_name("LETTER");
  command
      .add_option("--from", wanted->from,
                  "Folder with a copied repository to install from, without any network")
      ->type_name("DIR");
  command
      .add_option("component", wanted->components, "Components to install; all if none is named")
      ->type_name("COMPONENT");
  command.add_flag("--verbose", wanted->verbose, "Print each step to standard error");
  run.add_json_option(command);
  run.on_run(command, "interlude install --letter a openssl",
             [&run, wanted] { return install(run, *wanted); });
}

}  // namespace interlude::cli
