#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/device_session.hpp"

namespace interlude::cli {
namespace {

std::string shown(const std::string& letter) {
  return letter.empty() ? "baseline" : "(" + letter + ")";
}

std::string line_for(const device::HistoryEntry& entry) {
  std::string line =
      fmt::format("{}  {:<12}  {}", sys::to_text(entry.time), entry.event, shown(entry.letter));
  if (entry.previous != entry.letter) line += ", before " + shown(entry.previous);
  if (!entry.detail.empty()) line += ": " + entry.detail;
  return line;
}

Status history(const Invocation& run, const std::string& root) {
  sys::posix::FileSystem disk;
  const Layout layout(root);
  const auto config = device::load_config(disk, layout);
  if (!config) return std::unexpected(config.error());
  const auto entries = device::Memory(disk, layout).history();
  if (!entries) return std::unexpected(entries.error());
  if (run.json()) {
    json::Value list = json::Value::array();
    for (const device::HistoryEntry& entry : *entries) list.push_back(to_json(entry));
    run.print(list);
    return {};
  }
  for (const device::HistoryEntry& entry : *entries) run.print(line_for(entry));
  return {};
}

}  // namespace

void define_history(CLI::App& app, Invocation& run) {
  CLI::App& command =
      *app.add_subcommand("history", "List what was installed, removed and taken back, and when");
  const auto root = std::make_shared<std::string>();
  add_root_option(command, *root);
  run.add_json_option(command);
  run.on_run(command, "interlude history", [&run, root] { return history(run, *root); });
}

}  // namespace interlude::cli
