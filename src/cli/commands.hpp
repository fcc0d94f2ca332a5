#pragma once
// Which subcommands there are, and whose they are: one program of a source tree has all of them; as
// packages they are two, so that a device carries nothing that signs or publishes.

#include <CLI/App.hpp>
#include <optional>
#include <string_view>

#include "cli/command.hpp"

namespace interlude::cli {

inline constexpr std::string_view kPublisherCommands[] = {
    "build",    "inspect",  "repo",  "publish", "rollout",
    "withdraw", "simulate", "serve", "delta",   "key"};

void define_device_commands(CLI::App& app, Invocation& run);
/// Those of kPublisherCommands, and the hidden `documentation`. In the program of devices: none.
void define_publisher_commands(CLI::App& app, Invocation& run);

/// In the program of devices: where `argv` names one of kPublisherCommands, becomes the publisher's
/// program, or where that is not installed says so and gives an exit code. Otherwise nothing.
std::optional<int> hand_over(int argc, char** argv);

}  // namespace interlude::cli
