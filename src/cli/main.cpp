// The `interlude` command: names its subcommands and turns what they return into an exit code.

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/commands.hpp"

int main(int argc, char** argv) {
  using namespace interlude::cli;
  catch_interrupts();
  if (const auto ended = hand_over(argc, argv)) return *ended;

  CLI::App app{
      "Background security improvements for Linux: build, publish, and keep devices patched.",
      "interlude"};
  app.failure_message([](const CLI::App* parsed, const CLI::Error& error) {
    std::string problem = error.what();
    // A misspelt subcommand is what was given, not what was left out.
    const std::vector<std::string> left = parsed->remaining(true);
    const bool wants_subcommand = problem == "A subcommand is required";
    if (wants_subcommand && !left.empty()) problem = "There is no subcommand \"" + left[0] + '"';
    return "interlude: " + problem + " (see --help)\n";
  });
  app.set_version_flag("--version", "interlude " INTERLUDE_VERSION);
  app.require_subcommand(1);
  Invocation run;
  define_device_commands(app, run);
  define_publisher_commands(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for = error.get_exit_code() == 0;
    (void)app.exit(error);
    return asked_for ? 0 : exit_code(interlude::ErrorKind::Invalid);
  }
  return run.run();
}
