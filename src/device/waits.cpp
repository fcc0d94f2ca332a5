#include "device/waits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace interlude::device {
namespace {

using improvement::Apply;
using improvement::Component;

constexpr std::size_t kNamed = 3;

std::string names_of(const std::vector<running::Process>& processes) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, processes.size()); ++i) {
    text += fmt::format("{}{} ({})", i == 0 ? "" : ", ", processes[i].program, processes[i].pid);
  }
  if (processes.size() > kNamed) text += fmt::format(" and {} more", processes.size() - kNamed);
  return text;
}

/// What `active` has on of this name; null if it has nothing.
const Component* find_on(const std::optional<Improved>& active, const std::string& name) {
  if (!active || !active->generation.is_on(name)) return nullptr;
  return improvement::find_component(active->manifest, name);
}

}  // namespace

Result<std::vector<Held>> held_back(const Improved& whole, const std::optional<Improved>& active,
                                    Supervision& supervision, const Manner& manner) {
  std::vector<Held> held;
  if (!supervision.is_live()) return held;
  for (const Component* component : whole.on()) {
    const Component* const before = find_on(active, component->name);
    if (before != nullptr && before->files == component->files) continue;
    const Apply apply = std::max(component->apply, manner.at_least);
    if (apply == Apply::AtBoot) {
      held.push_back({component->name, Reason::AtBoot,
                      component->name + " switches at the next start of the machine", apply,
                      before != nullptr});
    }
    if (apply != Apply::WhenNotRunning || !manner.in_use_too) continue;
    const auto users = supervision.users_of(*component);
    if (!users) return std::unexpected(users.error().during("who runs " + component->name));
    if (users->empty()) continue;
    held.push_back({component->name, Reason::InUse,
                    fmt::format("{} switches once {} no longer run{}, or at the next start of the "
                                "machine",
                                component->name, names_of(*users), users->size() == 1 ? "s" : ""),
                    apply, before != nullptr});
  }
  return held;
}

std::optional<Improved> without(const Improved& whole, const std::vector<Held>& held) {
  Improved part = whole;
  for (const Held& each : held) {
    if (each.was_on) return std::nullopt;
    const auto state =
        std::ranges::find(part.generation.components, each.component, &ComponentState::name);
    if (state == part.generation.components.end()) continue;
    state->standing = Standing::Waiting;
    state->note = improvement::name_of(each.apply);
  }
  if (!part.generation.any_on()) return std::nullopt;
  return part;
}

std::string sum_up(const std::vector<Held>& held) {
  std::string text;
  for (const Held& each : held) text += (text.empty() ? "" : "; ") + each.sentence;
  return text;
}

}  // namespace interlude::device
