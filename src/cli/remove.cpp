#include "cli/command.hpp"
#include "cli/device_session.hpp"
#include "cli/over_bus.hpp"

namespace interlude::cli {
namespace {

Status remove(const Invocation& run, const std::string& root, bool verbose) {
  if (goes_over_bus(root)) return over_bus(run, {.method = bus::Call::Method::Remove});
  const auto session =
      DeviceSession::open(run, {.root = root, .verbose = verbose, .poll_interval = {}, .from = {}});
  if (!session) return std::unexpected(session.error());
  const auto removed = (*session)->agent().remove();
  if (!removed) return std::unexpected(removed.error());
  if (!*removed) run.note("nothing is on: the device runs its baseline");
  return print_report(run, root);
}

}  // namespace

void define_remove(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "remove", "Take off what is on: the device runs exactly its baseline files again");
  const auto root = std::make_shared<std::string>();
  add_root_option(command, *root);
  run.add_child_option(command);
  const auto verbose = std::make_shared<bool>(false);
  command.add_flag("--verbose", *verbose, "Print each step to standard error");
  run.add_json_option(command);
  run.on_run(command, "interlude remove",
             [&run, root, verbose] { return remove(run, *root, *verbose); });
}

}  // namespace interlude::cli
