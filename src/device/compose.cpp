// Which components of an offer are on: decided one by one, because no two devices have the same
// packages and all-or-nothing would reach nobody.

#include <fmt/format.h>

#include <algorithm>

#include "device/installation.hpp"

namespace interlude::device {
namespace {

Status check_names(const improvement::Manifest& manifest, const Request& request) {
  for (const std::string& name : request.components) {
    if (improvement::find_component(manifest, name) != nullptr) continue;
    std::string known;
    for (const improvement::Component& each : manifest.components) {
      known += (known.empty() ? "" : ", ") + each.name;
    }
    return fail(ErrorKind::NotFound, fmt::format("{} has no component \"{}\"; it has: {}",
                                                 manifest.id.text(), name, known));
  }
  return {};
}

Standing standing_of(improvement::Fit fit) {
  switch (fit) {
    case improvement::Fit::Applies:
      return Standing::On;
    case improvement::Fit::Absent:
      return Standing::Absent;
    case improvement::Fit::AlreadyFixed:
      return Standing::AlreadyFixed;
    case improvement::Fit::Foreign:
      return Standing::Foreign;
  }
  return Standing::Foreign;
}

/// What of `component` is on now; nullptr where nothing is.
const improvement::Component* on_now(const std::optional<Improved>& active,
                                     const std::string& component) {
  if (!active || !active->generation.is_on(component)) return nullptr;
  return improvement::find_component(active->manifest, component);
}

struct Judgement {
  ComponentState state;
  bool through_link = false;
};

Result<Judgement> judge(sys::FileSystem& disk, const Path& tree, Backend& backend,
                        const improvement::Component& component) {
  const auto fit = improvement::applicability(disk, tree, component);
  if (!fit) return std::unexpected(fit.error().during("looking at " + component.name));
  ComponentState state{component.name, component.version_before, component.version_after,
                       standing_of(fit->fit), ""};
  if (state.standing == Standing::Foreign) {
    state.note = fmt::format("{} was modified locally: expected {}, found {}", fit->path,
                             fit->expected, fit->found);
  }
  if (state.standing == Standing::On) {
    const Status accepted = backend.accepts(component);
    if (!accepted) {
      state.standing = Standing::Foreign;
      state.note = accepted.error().message();
    }
  }
  return Judgement{std::move(state), fit->through_link};
}

/// A component that would be switched on stays as it is where its package is on hold: off, or on
/// with the files it has.
void keep_what_is_on_hold(const Holds& holds, const improvement::Component& component,
                          const improvement::Component* now, ComponentState& state,
                          Composition& composition) {
  if (state.standing != Standing::On || (now != nullptr && now->files == component.files)) return;
  const std::string why = holds.why(component.package);
  if (why.empty()) return;
  state.standing = Standing::OnHold;
  state.note = why;
  if (now == nullptr) return;
  if (!composition.held.empty()) composition.held += "; ";
  composition.held += fmt::format("it changes {}, which is on, and {}", component.name, why);
}

}  // namespace

Result<Composition> compose(sys::FileSystem& disk, const Path& tree, Backend& backend,
                            const Offer& offer, const Request& request,
                            const std::optional<Improved>& active, const Holds& holds) {
  if (const Status known = check_names(offer.manifest, request); !known) {
    return std::unexpected(known.error());
  }
  const bool same_letter = active && active->generation.content == offer.content;
  Composition composition{
      .improved = {{offer.manifest.id.letter.text(), offer.content, {}}, offer.manifest},
      .refused = {},
      .held = {}};
  for (const improvement::Component& component : offer.manifest.components) {
    auto judgement = judge(disk, tree, backend, component);
    if (!judgement) return std::unexpected(judgement.error());
    ComponentState& state = judgement->state;
    const bool named =
        std::ranges::find(request.components, component.name) != request.components.end();
    const bool wanted = request.components.empty() || named ||
                        (same_letter && active->generation.is_on(component.name));
    if (!wanted && state.standing == Standing::On) state.standing = Standing::NotChosen;
    keep_what_is_on_hold(holds, component, on_now(active, component.name), state, composition);
    const bool asked = named || request.kind == Request::Kind::Install;
    const bool is_left_alone =
        state.standing == Standing::Foreign || state.standing == Standing::OnHold;
    if (judgement->through_link ? asked : named && is_left_alone) {
      if (state.standing == Standing::OnHold) composition.refused_as = ErrorKind::Denied;
      if (!composition.refused.empty()) composition.refused += "; ";
      composition.refused += component.name + ": " + state.note;
    }
    composition.improved.generation.components.push_back(std::move(state));
  }
  return composition;
}

}  // namespace interlude::device
