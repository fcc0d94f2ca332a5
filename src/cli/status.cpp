#include "cli/command.hpp"
#include "cli/device_session.hpp"

namespace interlude::cli {

void define_status(CLI::App& app, Invocation& run) {
  CLI::App& command =
      *app.add_subcommand("status", "Show what is on, what it fixes, and why the device waits");
  struct Options {
    std::string root;
    bool check = false;
  };
  const auto options = std::make_shared<Options>();
  add_root_option(command, options->root);
  command.add_flag("--check", options->check,
                   "Fail where protection may have ended: no verified answer for 7 days");
  run.add_json_option(command);
  run.on_run(command, "interlude status --json", [&run, options]() -> Status {
    const Status printed = print_report(run, options->root);
    if (!printed || !options->check) return printed;
    return check_protection(options->root);
  });
}

}  // namespace interlude::cli
