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

}  // namespace

Result<Composition> compose(sys::FileSystem& disk, const Path& tree, Backend& backend,
                            const Offer& offer, const Request& request,
                            const std::optional<Improved>& active) {
  if (const Status known = check_names(offer.manifest, request); !known) {
    return std::unexpected(known.error());
  }
  const bool same_letter = active && active->generation.content == offer.content;
  Composition composition{{{offer.manifest.id.letter.text(), offer.content, {}}, offer.manifest},
                          ""};
  for (const improvement::Component& component : offer.manifest.components) {
    auto judgement = judge(disk, tree, backend, component);
    if (!judgement) return std::unexpected(judgement.error());
    ComponentState& state = judgement->state;
    const bool named =
        std::ranges::find(request.components, component.name) != request.components.end();
    const bool wanted = request.components.empty() || named ||
                        (same_letter && active->generation.is_on(component.name));
    const bool asked = named || request.kind == Request::Kind::Install;
    if (judgement->through_link ? asked : named && state.standing == Standing::Foreign) {
      if (!composition.refused.empty()) composition.refused += "; ";
      composition.refused += component.name + ": " + state.note;
    }
    if (!wanted && state.standing == Standing::On) state.standing = Standing::NotChosen;
    composition.improved.generation.components.push_back(std::move(state));
  }
  return composition;
}

}  // namespace interlude::device
