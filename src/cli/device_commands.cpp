#include "cli/commands.hpp"

namespace interlude::cli {

void define_device_commands(CLI::App& app, Invocation& run) {
  for (const auto define : {define_status, define_why, define_check, define_install, define_remove,
                            define_history, define_settings, define_repair, define_doctor,
                            define_unlock, define_agent, define_policy, define_device}) {
    define(app, run);
  }
}

}  // namespace interlude::cli
