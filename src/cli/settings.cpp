#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>

#include "cli/command.hpp"
#include "cli/device_session.hpp"
#include "cli/over_bus.hpp"

namespace interlude::cli {
namespace {

struct SettingOptions {
  std::string root;
  std::string name;
  std::string value;
};

Status settings(const Invocation& run, const SettingOptions& wanted) {
  if (!wanted.value.empty() && goes_over_bus(wanted.root)) {
    return over_bus(run,
                    {.method = bus::Call::Method::SetAutomatic, .automatic = wanted.value == "on"});
  }
  sys::posix::FileSystem disk;
  const Layout layout(wanted.root);
  const auto config = device::load_config(disk, layout);
  if (!config) return std::unexpected(config.error());
  device::Memory memory(disk, layout);
  auto settings = memory.settings();
  if (!settings) return std::unexpected(settings.error());
  if (!wanted.value.empty()) {
    settings->automatic = wanted.value == "on";
    if (const Status stored = memory.store(*settings); !stored) return stored;
  }
  if (run.json()) {
    run.print(json::Value{{"automatic", settings->automatic}});
  } else {
    run.print(std::string("automatic ") + (settings->automatic ? "on" : "off"));
  }
  return {};
}

}  // namespace

void define_settings(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand("settings", "Show the owner's settings, or change one");
  const auto wanted = std::make_shared<SettingOptions>();
  add_root_option(command, wanted->root);
  run.add_child_option(command);
  CLI::Option* const name =
      command.add_option("setting", wanted->name, "automatic: install without being asked")
          ->check(CLI::IsMember({"automatic"}));
  CLI::Option* const value =
      command.add_option("value", wanted->value, "on or off")->check(CLI::IsMember({"on", "off"}));
  value->needs(name);
  run.add_json_option(command);
  run.on_run(command, "interlude settings automatic off",
             [&run, wanted] { return settings(run, *wanted); });
}

}  // namespace interlude::cli
