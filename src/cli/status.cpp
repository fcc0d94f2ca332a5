#include "cli/command.hpp"
#include "cli/device_session.hpp"

namespace interlude::cli {

void define_status(CLI::App& app, Invocation& run) {
  CLI::App& command =
      *app.add_subcommand("status", "Show what is on, what it fixes, and why the device waits");
  const auto root = std::make_shared<std::string>();
  add_root_option(command, *root);
  run.add_json_option(command);
  run.on_run(command, "interlude status --json", [&run, root] { return print_report(run, *root); });
}

}  // namespace interlude::cli
