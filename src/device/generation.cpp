#include "device/generation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace interlude::device {
namespace {

constexpr std::uint64_t kDescriptionFormat = 1;
constexpr std::size_t kIdDigits = 32;

constexpr std::array<std::pair<Standing, std::string_view>, 8> kStandings = {{
    {Standing::On, "on"},
    {Standing::Absent, "absent"},
    {Standing::AlreadyFixed, "already-fixed"},
    {Standing::Foreign, "foreign"},
    {Standing::NotChosen, "not-chosen"},
    {Standing::Exposed, "vulnerable-again"},
    {Standing::Waiting, "waiting"},
    {Standing::OnHold, "on-hold"},
}};

Result<Standing> standing_from(const json::Reader& component) {
  const Result<std::string> text = component.text("state");
  if (!text) return std::unexpected(text.error());
  for (const auto& [value, name] : kStandings) {
    if (name == *text) return value;
  }
  return std::unexpected(component.error("unknown state \"" + *text + "\""));
}

Result<ComponentState> component_from(const json::Reader& component) {
  const auto name = component.text("name");
  if (!name) return std::unexpected(name.error());
  const auto before = component.text("before");
  if (!before) return std::unexpected(before.error());
  const auto after = component.text("after");
  if (!after) return std::unexpected(after.error());
  const auto standing = standing_from(component);
  if (!standing) return std::unexpected(standing.error());
  const auto note = component.text_or("note", "");
  if (!note) return std::unexpected(note.error());
  return ComponentState{*name, *before, *after, *standing, *note};
}

}  // namespace

bool Generation::is_on(std::string_view component) const {
  return std::ranges::any_of(components, [&](const ComponentState& candidate) {
    return candidate.name == component && candidate.standing == Standing::On;
  });
}

bool Generation::any_on() const {
  return std::ranges::any_of(
      components, [](const ComponentState& each) { return each.standing == Standing::On; });
}

std::string id_of(const Generation& generation) {
  const std::string text = json::canonical(to_json(generation));
  return crypto::sha256(as_bytes(text)).hex().substr(0, kIdDigits);
}

std::string_view name_of(Standing standing) {
  for (const auto& [value, name] : kStandings) {
    if (value == standing) return name;
  }
  return "on";
}

json::Value to_json(const ComponentState& component) {
  json::Value value = {{"name", component.name},
                       {"before", component.before},
                       {"after", component.after},
                       {"state", name_of(component.standing)}};
  if (!component.note.empty()) value["note"] = component.note;
  return value;
}

json::Value to_json(const Generation& generation) {
  json::Value components = json::Value::array();
  for (const ComponentState& each : generation.components) components.push_back(to_json(each));
  return {{"format", kDescriptionFormat},
          {"letter", generation.letter},
          {"content", generation.content},
          {"components", std::move(components)}};
}

Result<std::vector<ComponentState>> components_from(const std::vector<json::Reader>& list) {
  std::vector<ComponentState> components;
  for (const json::Reader& element : list) {
    auto component = component_from(element);
    if (!component) return std::unexpected(component.error());
    components.push_back(std::move(*component));
  }
  return components;
}

Result<Generation> generation_from(const json::Reader& document) {
  const auto format = document.number("format");
  if (!format) return std::unexpected(format.error());
  if (*format != kDescriptionFormat) return std::unexpected(document.error("unknown format"));
  const auto letter = document.text("letter");
  if (!letter) return std::unexpected(letter.error());
  const auto content = document.text("content");
  if (!content) return std::unexpected(content.error());
  const auto list = document.optional_elements("components");
  if (!list) return std::unexpected(list.error());
  auto components = components_from(*list);
  if (!components) return std::unexpected(components.error());
  return Generation{*letter, *content, std::move(*components)};
}

std::vector<const improvement::Component*> Improved::on() const {
  std::vector<const improvement::Component*> chosen;
  for (const improvement::Component& component : manifest.components) {
    if (generation.is_on(component.name)) chosen.push_back(&component);
  }
  return chosen;
}

}  // namespace interlude::device
