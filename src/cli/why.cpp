// `interlude why`: for each published letter that is not on, and for each CVE, why not yet, and
// when that can change. Reads what the last poll found; asks nobody.

#include "device/why.hpp"

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/device_session.hpp"

namespace interlude::cli {
namespace {

struct WhyOptions {
  std::string root;
  std::string what;
};

Status why(const Invocation& run, const WhyOptions& options) {
  const auto report = full_report(options.root);
  if (!report) return std::unexpected(report.error());
  const auto answers = device::why(*report, options.what);
  if (!answers) return std::unexpected(answers.error());
  if (run.json()) {
    run.print(device::to_json(*answers));
  } else {
    for (const device::Explanation& each : *answers) run.print(device::to_text(each));
  }
  return {};
}

}  // namespace

void define_why(CLI::App& app, Invocation& run) {
  CLI::App& command =
      *app.add_subcommand("why", "Say why something is not on, or is, and when that can change");
  const auto options = std::make_shared<WhyOptions>();
  add_root_option(command, options->root);
  command
      .add_option("what", options->what,
                  "A letter, a component or a CVE; everything where none is named")
      ->type_name("WHAT");
  run.add_json_option(command);
  run.on_run(command, "interlude why CVE-2026-1234",
             [&run, options] { return why(run, *options); });
}

}  // namespace interlude::cli
