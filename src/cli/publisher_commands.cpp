#include "cli/commands.hpp"
#include "cli/documentation/command.hpp"

namespace interlude::cli {

void define_publisher_commands(CLI::App& app, Invocation& run) {
  for (const auto define :
       {define_build, define_inspect, define_repo, define_publish, define_rollout, define_withdraw,
        define_simulate, define_serve, define_delta, define_key, define_documentation}) {
    define(app, run);
  }
}

std::optional<int> hand_over(int, char**) {
  return std::nullopt;
}

}  // namespace interlude::cli
