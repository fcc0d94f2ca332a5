// The manifest as JSON. Every device downloads it, so what has a usual value is left out: mode
// 0644 (directories: 0755), owner 0:0, no extended attributes, and in `after` everything that is as
// in `before`. docs/formats/manifest.md, section 3.

#include <fmt/format.h>

#include "base/hex.hpp"
#include "improvement/manifest.hpp"
#include "improvement/manifest_names.hpp"
#include "json/json.hpp"

namespace interlude::improvement {
namespace {

json::Value attributes_value(const std::map<std::string, Bytes>& attributes) {
  json::Value object = json::Value::object();
  for (const auto& [name, value] : attributes) object[name] = to_hex(value);
  return object;
}

json::Value entry_value(const Entry& entry, const std::optional<Entry>& before) {
  const Entry usual = usual_entry(entry.kind, before);  // left out
  const bool stated = states_content(entry.kind, before);
  json::Value object = json::Value::object();
  if (entry.kind != EntryKind::Regular) object["kind"] = name_in(kKindNames, entry.kind);
  if (entry.kind == EntryKind::Regular) {
    if (stated || entry.digest != usual.digest) object["sha256"] = entry.digest.hex();
    if (stated || entry.size != usual.size) object["size"] = entry.size;
  }
  if (entry.kind == EntryKind::Symlink) object["target"] = entry.target;
  if (entry.mode != usual.mode) object["mode"] = fmt::format("{:04o}", entry.mode);
  if (entry.uid != usual.uid) object["uid"] = entry.uid;
  if (entry.gid != usual.gid) object["gid"] = entry.gid;
  if (entry.attributes != usual.attributes) {
    object["attributes"] = attributes_value(entry.attributes);
  }
  return object;
}

json::Value change_value(const FileChange& change) {
  json::Value object = {{"path", change.path}};
  if (change.before) object["before"] = entry_value(*change.before, std::nullopt);
  if (change.after) object["after"] = entry_value(*change.after, change.before);
  return object;
}

json::Value payload_value(const Payload& payload, const std::string& component) {
  json::Value object = {{"from", name_in(kFromNames, payload.from)},
                        {"size", payload.size},
                        {"sha256", payload.digest.hex()}};
  if (payload.from == Payload::From::Letter) object["letter"] = payload.letter;
  if (payload.name != payload_name(component, payload.from, payload.letter)) {
    object["name"] = payload.name;
  }
  return object;
}

void put_unless_empty(json::Value& object, const char* name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

json::Value restart_value(const RestartRules& rules) {
  json::Value object = json::Value::object();
  if (!rules.units.empty()) object["units"] = rules.units;
  if (!rules.never.empty()) object["never"] = rules.never;
  return object;
}

json::Value probe_value(const Probe& probe) {
  json::Value object = {{"name", probe.name}};
  switch (probe.kind) {
    case Probe::Kind::Command:
      object["command"] = probe.command;
      break;
    case Probe::Kind::Unit:
      object["unit"] = probe.target;
      break;
    case Probe::Kind::Socket:
      object["connect"] = probe.target;
      break;
  }
  if (probe.seconds != Probe().seconds) object["seconds"] = probe.seconds;
  return object;
}

json::Value component_value(const Component& component) {
  json::Value object = {{"name", component.name}, {"files", json::Value::array()}};
  put_unless_empty(object, "version_before", component.version_before);
  put_unless_empty(object, "version_after", component.version_after);
  put_unless_empty(object, "package", component.package);
  if (component.apply != Apply::LiveWithRestart) object["apply"] = name_of(component.apply);
  for (const FileChange& change : component.files) {
    object["files"].push_back(change_value(change));
  }
  for (const Payload& payload : component.payloads) {
    object["payloads"].push_back(payload_value(payload, component.name));
  }
  if (component.restart != RestartRules()) object["restart"] = restart_value(component.restart);
  for (const Probe& probe : component.probes) object["probes"].push_back(probe_value(probe));
  return object;
}

json::Value advisory_value(const Advisory& advisory) {
  json::Value object = {{"id", advisory.id}, {"component", advisory.component}};
  put_unless_empty(object, "impact", advisory.impact);
  put_unless_empty(object, "description", advisory.description);
  if (!advisory.references.empty()) object["references"] = advisory.references;
  return object;
}

}  // namespace

Entry usual_entry(EntryKind kind, const std::optional<Entry>& before) {
  if (before && before->kind == kind) return *before;
  Entry plain;
  plain.kind = kind;
  if (kind == EntryKind::Symlink) plain.mode = kLinkMode;
  if (kind == EntryKind::Directory) plain.mode = 0755;
  return plain;
}

std::string_view name_of(Apply apply) {
  return name_in(kApplyNames, apply);
}

std::string serialize(const Manifest& manifest) {
  json::Value object = {{"format", kManifestFormat},
                        {"id", manifest.id.text()},
                        {"components", json::Value::array()}};
  put_unless_empty(object, "release", manifest.release);
  for (const Advisory& advisory : manifest.advisories) {
    object["advisories"].push_back(advisory_value(advisory));
  }
  for (const Component& component : manifest.components) {
    object["components"].push_back(component_value(component));
  }
  for (const Allowance& allowance : manifest.allowances) {
    object["allowances"].push_back({{"rule", allowance.rule}, {"reason", allowance.reason}});
  }
  return json::canonical(object);
}

}  // namespace interlude::improvement
