#include "device/recheck.hpp"

#include <fmt/format.h>

#include "dpkg/installed.hpp"
#include "dpkg/version.hpp"

namespace interlude::device {
namespace {

using improvement::Component;
using improvement::Fit;

/// The version of the package that tells whether the system has caught up; empty where none does.
std::string packaged_version(sys::FileSystem& disk, const Path& root, const Component& component) {
  if (component.package.empty()) return "";
  const auto package = dpkg::installed(disk, root, component.package);
  if (!package || !*package || (**package).status != "installed") return "";
  return (**package).version;
}

Result<ComponentState> judge_again(sys::FileSystem& disk, const Path& root, const Path& tree,
                                   const Component& component, ComponentState state) {
  const auto fit = improvement::applicability(disk, tree, component);
  if (!fit) return std::unexpected(fit.error().during("looking at " + component.name));
  switch (fit->fit) {
    case Fit::Applies:
      return state;
    case Fit::Absent:
      state.standing = Standing::Absent;
      return state;
    case Fit::AlreadyFixed:
      state.standing = Standing::AlreadyFixed;
      return state;
    case Fit::Foreign:
      break;
  }
  const std::string version = packaged_version(disk, root, component);
  const bool has_caught_up = !version.empty() && !component.version_after.empty() &&
                             dpkg::compare_versions(version, component.version_after) >= 0;
  state.standing = has_caught_up ? Standing::AlreadyFixed : Standing::Exposed;
  state.note = has_caught_up ? "the system has " + version
               : version.empty()
                   ? fmt::format("{} was changed: expected {}, found {}", fit->path, fit->expected,
                                 fit->found)
                   : fmt::format("the system changed {} to {}, which is older than the fix in {}",
                                 component.package, version, component.version_after);
  return state;
}

}  // namespace

Result<Generation> reconsider(sys::FileSystem& disk, const Path& root, const Path& tree,
                              const Improved& improved) {
  Generation generation = improved.generation;
  for (ComponentState& state : generation.components) {
    if (state.standing != Standing::On) continue;
    const Component* const component = improvement::find_component(improved.manifest, state.name);
    if (component == nullptr) continue;
    auto judged = judge_again(disk, root, tree, *component, state);
    if (!judged) return std::unexpected(judged.error());
    state = std::move(*judged);
  }
  return generation;
}

std::string describe_retired(const Generation& before, const Generation& after) {
  std::string text;
  for (const ComponentState& each : after.components) {
    if (!before.is_on(each.name) || each.standing == Standing::On) continue;
    text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", each.name,
                        each.standing == Standing::Exposed  ? "vulnerable again: " + each.note
                        : each.standing == Standing::Absent ? "not here any more"
                        : each.note.empty()                 ? "fixed by the system"
                                                            : "fixed by the system: " + each.note);
  }
  return text;
}

}  // namespace interlude::device
