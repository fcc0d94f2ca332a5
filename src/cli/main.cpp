// The `interlude` command: names its subcommands and turns what they return into an exit code.

#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "cli/commands.hpp"

namespace interlude::cli {
namespace {

std::string problem_with(const CLI::App& parsed, const CLI::Error& error) {
  std::string problem = error.what();
  // A misspelt subcommand is what was given, not what was left out.
  const std::vector<std::string> left = parsed.remaining(true);
  const bool wants_subcommand = problem == "A subcommand is required";
  if (wants_subcommand && !left.empty()) problem = "There is no subcommand \"" + left[0] + '"';
  return problem;
}

/// Arguments were refused before any of them counted: "--json" among them does for this alone.
bool wants_json(int argc, char** argv) {
  return std::any_of(argv, argv + argc,
                     [](const char* each) { return std::string_view(each) == "--json"; });
}

}  // namespace
}  // namespace interlude::cli

int main(int argc, char** argv) {
  using namespace interlude::cli;
  catch_interrupts();
  if (const auto ended = hand_over(argc, argv)) return *ended;

  CLI::App app{
      "Background security improvements for Linux: build, publish, and keep devices patched.",
      "interlude"};
  std::string problem;
  app.failure_message([&problem](const CLI::App* parsed, const CLI::Error& error) {
    problem = problem_with(*parsed, error);
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
    if (asked_for) return 0;
    const interlude::Error refused(interlude::ErrorKind::Invalid, problem);
    if (wants_json(argc, argv)) run.print(nlohmann::json{{"error", error_document(refused)}});
    return exit_code(refused.kind());
  }
  return run.run();
}
