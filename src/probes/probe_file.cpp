#include "probes/probe_file.hpp"

#include <algorithm>
#include <set>

#include "document/table.hpp"

namespace interlude::probes {
namespace {

using document::Table;
using improvement::Probe;

Result<ProbeOf> read_probe(const Table& table, By by) {
  if (const Status known =
          table.only({"component", "name", "command", "unit", "connect", "seconds"});
      !known) {
    return std::unexpected(known.error());
  }
  if (by == By::Administrator && table.has("component")) {
    return std::unexpected(table.error("component", "local probes are about the whole device"));
  }
  ProbeOf read;
  for (const auto& [key, member] :
       {std::pair{"component", &read.component}, std::pair{"name", &read.probe.name}}) {
    Result<std::string> text = table.text_or(key, "");
    if (!text) return std::unexpected(text.error());
    *member = std::move(*text);
  }
  const int kinds = static_cast<int>(table.has("command")) + static_cast<int>(table.has("unit")) +
                    static_cast<int>(table.has("connect"));
  if (kinds != 1) {
    return std::unexpected(table.error("", "say one of: command, unit, connect"));
  }
  if (table.has("command")) {
    read.probe.kind = Probe::Kind::Command;
    Result<std::vector<std::string>> command = table.texts("command");
    if (!command) return std::unexpected(command.error());
    read.probe.command = std::move(*command);
  } else {
    const bool unit = table.has("unit");
    read.probe.kind = unit ? Probe::Kind::Unit : Probe::Kind::Socket;
    Result<std::string> target = table.text(unit ? "unit" : "connect");
    if (!target) return std::unexpected(target.error());
    read.probe.target = std::move(*target);
  }
  if (table.has("seconds")) {
    const auto seconds = table.integer("seconds", 1, improvement::kLongestProbeSeconds);
    if (!seconds) return std::unexpected(seconds.error());
    read.probe.seconds = static_cast<std::uint32_t>(*seconds);
  }
  const Status good = check_probe(read.probe);
  if (!good) return std::unexpected(table.error("", good.error().message()));
  return read;
}

Result<RulesOf> read_rules(const Table& table) {
  if (const Status known = table.only({"component", "units", "never"}); !known) {
    return std::unexpected(known.error());
  }
  RulesOf read;
  Result<std::string> component = table.text_or("component", "");
  if (!component) return std::unexpected(component.error());
  read.component = std::move(*component);
  for (const auto& [key, list] :
       {std::pair{"units", &read.rules.units}, std::pair{"never", &read.rules.never}}) {
    Result<std::vector<std::string>> names = table.texts(key);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      const Status good = improvement::check_unit_name(name, list == &read.rules.never);
      if (!good) return std::unexpected(table.error(key, good.error().message()));
    }
    *list = std::move(*names);
  }
  return read;
}

}  // namespace

Result<ProbeFile> parse_probe_file(std::string_view text, const std::string& file, By by) {
  const Result<Table> top = document::parse_table(text, file);
  if (!top) return std::unexpected(top.error());
  const Status known = by == By::Publisher ? top->only({"probe", "restart"}) : top->only({"probe"});
  if (!known) return std::unexpected(known.error());
  const auto probes = top->tables("probe");
  if (!probes) return std::unexpected(probes.error());
  const auto restarts = top->tables("restart");
  if (!restarts) return std::unexpected(restarts.error());
  if (probes->size() > improvement::kMostProbes) {
    return std::unexpected(top->error("probe", "at most 64 probes"));
  }
  ProbeFile read;
  std::set<std::string> names;
  for (const Table& table : *probes) {
    auto probe = read_probe(table, by);
    if (!probe) return std::unexpected(probe.error());
    if (!names.insert(probe->component + "/" + probe->probe.name).second) {
      return std::unexpected(table.error("name", "\"" + probe->probe.name + "\" stands twice"));
    }
    read.probes.push_back(std::move(*probe));
  }
  for (const Table& table : *restarts) {
    auto rules = read_rules(table);
    if (!rules) return std::unexpected(rules.error());
    read.restarts.push_back(std::move(*rules));
  }
  return read;
}

}  // namespace interlude::probes
