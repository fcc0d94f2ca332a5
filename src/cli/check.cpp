#include "cli/command.hpp"
#include "cli/device_session.hpp"
#include "cli/over_bus.hpp"

namespace interlude::cli {
namespace {

Status check(const Invocation& run, const std::string& root) {
  if (goes_over_bus(root)) return over_bus(run, {.method = bus::Call::Method::Check});
  const auto session = DeviceSession::open(run, {.root = root, .poll_interval = {}, .from = {}});
  if (!session) return std::unexpected(session.error());
  const Status asked = (*session)->agent().run({device::Request::Kind::Check, std::nullopt, {}});
  if (!asked) return asked;
  return print_report(run, root);
}

}  // namespace

void define_check(CLI::App& app, Invocation& run) {
  CLI::App& command =
      *app.add_subcommand("check", "Ask the repository for news; show them, install nothing");
  const auto root = std::make_shared<std::string>();
  add_root_option(command, *root);
  run.add_child_option(command);
  run.add_json_option(command);
  run.on_run(command, "interlude check", [&run, root] { return check(run, *root); });
}

}  // namespace interlude::cli
