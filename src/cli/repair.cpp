// `interlude repair`: for what a failed way back or a damaged disk left.

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/device_session.hpp"

namespace interlude::cli {
namespace {

/// A record that cannot be read is put aside: what is on, the link says.
Status mend_record(const Invocation& run, const Layout& layout) {
  sys::posix::FileSystem disk;
  const auto record = device::Memory(disk, layout).record();
  if (record || record.error().kind() != ErrorKind::Corrupt) return {};
  const Path aside = layout.record() + ".damaged";
  if (const Status moved = disk.rename(layout.record(), aside); !moved) return moved;
  run.note(record.error().message() + ": put aside as " + aside +
           "; what was declined or quarantined is forgotten");
  return disk.sync(layout.library());
}

Status repair(const Invocation& run, const std::string& root) {
  const Layout layout(root);
  if (const Status mended = mend_record(run, layout); !mended) return mended;
  const auto session = DeviceSession::open(run, {.root = root, .poll_interval = {}, .from = {}});
  if (!session) return std::unexpected(session.error());
  const auto told = (*session)->agent().repair();
  if (!told) return std::unexpected(told.error());
  if (run.json()) {
    run.print(json::Value({{"repaired", *told}}));
    return {};
  }
  for (const std::string& each : *told) run.print(each);
  if (told->empty()) run.print("nothing was inconsistent");
  return {};
}

}  // namespace

void define_repair(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "repair", "Say what is inconsistent on this device, and make it consistent");
  const auto root = std::make_shared<std::string>();
  add_root_option(command, *root);
  run.add_json_option(command);
  run.on_run(command, "interlude repair", [&run, root] { return repair(run, *root); });
}

}  // namespace interlude::cli
