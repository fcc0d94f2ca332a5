#include <optional>

#include "cli/command.hpp"
#include "cli/device_session.hpp"
#include "device/provision.hpp"

namespace interlude::cli {
namespace {

struct DeviceInitOptions {
  std::string root;
  std::string trusted_root;
  device::Provisioning provisioning;
};

Status initialise(const Invocation& run, DeviceInitOptions& wanted) {
  sys::posix::FileSystem disk;
  for (const auto& [text, name] :
       {std::pair(wanted.provisioning.config.platform, "--platform"),
        std::pair(wanted.provisioning.config.baseline_version, "--baseline-version"),
        std::pair(wanted.provisioning.config.source, "--source")}) {
    if (text.empty()) continue;  // as the device itself says
    if (const Status fine = check_name(text, name); !fine) return fine;
  }
  auto trusted = disk.read(wanted.trusted_root, device::kLargestRoot);
  if (!trusted) return std::unexpected(trusted.error().during("--trusted-root"));
  wanted.provisioning.trusted_root = std::move(*trusted);
  const Layout layout(wanted.root);
  std::optional<sys::posix::LockFile> hold;  // nothing may be at work on a device that starts anew
  if (sys::exists(disk, layout.agent_toml())) {
    auto taken = take_hold(layout);
    if (!taken) return std::unexpected(taken.error());
    hold.emplace(std::move(*taken));
  }
  if (const Status done = device::provision(disk, layout, wanted.provisioning); !done) return done;
  return print_report(run, wanted.root);
}

void define_init(CLI::App& parent, Invocation& run) {
  CLI::App& command = *parent.add_subcommand(
      "init", "Make a folder a device: what it runs, whom it follows, whom it trusts");
  const auto wanted = std::make_shared<DeviceInitOptions>();
  device::Config& config = wanted->provisioning.config;
  add_root_option(command, wanted->root);
  auto* const tree =
      command
          .add_option("--tree", config.tree,
                      "Folder of the baseline files; never written to. Left out, without --system: "
                      "as the shipped usr/lib/interlude/agent.toml says")
          ->type_name("BASELINE_FOLDER");
  command
      .add_flag_callback(
          "--system", [&config] { config.backend = device::Config::BackendKind::Overlay; },
          "This machine's own system files, switched by mounts over its directories")
      ->excludes(tree);
  command.add_option("--trusted-root", wanted->trusted_root, "The repository's root metadata")
      ->type_name("ROOT.json")
      ->required();
  command.add_option("--url", config.urls, "The repository; again for each mirror, in order")
      ->type_name("U")
      ->required();
  command
      .add_option("--platform", config.platform,
                  "Product line and architecture. Left out: as the device's os-release says, "
                  "whenever it is asked")
      ->type_name("P");
  command
      .add_option("--baseline-version", config.baseline_version,
                  "Release of the baseline. Left out: as the device's debian_version or os-release "
                  "says, whenever it is asked")
      ->type_name("V");
  command.add_option("--source", config.source, "The repository's name for itself")
      ->capture_default_str();
  command.add_option("--proxy", config.proxy, "Proxy for all requests");
  command.add_option("--ca-file", config.ca_file, "Certificates to trust, PEM");
  command.add_flag(
      "--hard-links", config.hard_links,
      "Share unchanged files with the baseline by hard links (nothing may write them)");
  command.add_flag("--force", wanted->provisioning.replace, "Start a device anew");
  run.add_json_option(command);
  run.on_run(command,
             "interlude device init --root dev --tree /opt/app --trusted-root 1.root.json \\\n"
             "      --url https://updates.example.org --platform app-x86_64 --baseline-version 2.1",
             [&run, wanted] { return initialise(run, *wanted); });
}

}  // namespace

void define_device(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand("device", "Make a folder a device");
  command.require_subcommand(1);
  define_init(command, run);
}

}  // namespace interlude::cli
