#include "cli/command.hpp"
#include "cli/device_session.hpp"
#include "cli/over_bus.hpp"

namespace interlude::cli {
namespace {

/// What a generation on probation is asked by a worker that holds the device: whether a fresh
/// process can still reach the repository and verify what it says. Changes nothing but metadata.
Status check_connection(const std::string& root, const Path& from) {
  const Layout layout(root);
  const auto config = load_config_from(layout, from);
  if (!config) return std::unexpected(config.error());
  sandbox::Source source(layout, *config);
  const auto listing = source.ask([](std::uint64_t) { return !interrupted(); });
  if (!listing) return std::unexpected(listing.error());
  return {};
}

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
  const auto connection = std::make_shared<bool>(false);
  command.add_flag("--connection", *connection)->group("");
  const auto from = std::make_shared<Path>();
  command.add_option("--from", *from)->group("");
  run.add_child_option(command);
  run.add_json_option(command);
  run.on_run(command, "interlude check", [&run, root, connection, from] {
    return *connection ? check_connection(*root, *from) : check(run, *root);
  });
}

}  // namespace interlude::cli
