#include "cli/command.hpp"
#include "cli/device_session.hpp"
#include "cli/over_bus.hpp"
#include "overlay/switcher.hpp"

namespace interlude::cli {
namespace {

Result<bool> remove_orderly(const Invocation& run, const std::string& root, bool verbose) {
  const auto session =
      DeviceSession::open(run, {.root = root, .verbose = verbose, .poll_interval = {}, .from = {}});
  if (!session) return std::unexpected(session.error());
  return (*session)->agent().remove();
}

/// Without the agent's memory, which may be what is broken: the files come off all the same.
Status take_off(const std::string& root) {
  sys::posix::FileSystem disk;
  const Layout layout(root);
  const auto config = device::load_config(disk, layout);
  if (!config) return std::unexpected(config.error());
  if (config->backend != device::Config::BackendKind::Overlay) {
    return fail(ErrorKind::Invalid, "this device's files do not come off by themselves");
  }
  const auto place = disk.resolve(root);
  if (!place) return std::unexpected(place.error().during("--root"));
  overlay::KernelMounts mounts{Layout(*place)};
  return overlay::Switcher(disk, mounts, layout)
      .switch_to(std::string(kBaseline), overlay::Way::Back);
}

Status remove(const Invocation& run, const std::string& root, bool verbose) {
  if (goes_over_bus(root)) return over_bus(run, {.method = bus::Call::Method::Remove});
  const auto removed = remove_orderly(run, root, verbose);
  if (!removed) {
    const bool is_broken = removed.error().kind() != ErrorKind::Conflict &&
                           removed.error().kind() != ErrorKind::NotFound;
    if (is_broken && take_off(root)) run.note("the baseline is in sight; the rest failed:");
    return std::unexpected(removed.error());
  }
  if (!*removed) run.note("nothing is on: the device runs its baseline");
  return print_report(run, root);
}

}  // namespace

void define_remove(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "remove", "Take off what is on: the device runs exactly its baseline files again");
  const auto root = std::make_shared<std::string>();
  add_root_option(command, *root);
  run.add_child_option(command);
  const auto verbose = std::make_shared<bool>(false);
  command.add_flag("--verbose", *verbose, "Print each step to standard error");
  run.add_json_option(command);
  run.on_run(command, "interlude remove",
             [&run, root, verbose] { return remove(run, *root, *verbose); });
}

}  // namespace interlude::cli
