// The `interlude` command: names its subcommands and turns what they return into an exit code.

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <string>
#include <vector>

#include "cli/command.hpp"

int main(int argc, char** argv) {
  using namespace interlude::cli;
  catch_interrupts();

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
  for (const auto define :
       {define_status, define_check, define_install, define_remove, define_history, define_settings,
        define_agent, define_policy, define_device, define_build, define_inspect, define_repo,
        define_publish, define_serve, define_delta, define_key}) {
    define(app, run);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool asked_for = error.get_exit_code() == 0;
    (void)app.exit(error);
    return asked_for ? 0 : exit_code(interlude::ErrorKind::Invalid);
  }
  return run.run();
}
