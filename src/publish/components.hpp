#pragma once

#include <span>
#include <string>
#include <vector>

#include "publish/compare.hpp"

namespace interlude::publish {

/// `--component NAME=GLOB`: canonical paths that match belong to it; `*` also matches slashes.
struct ComponentRule {
  std::string name;
  std::string glob;
};

/// Invalid unless `text` is NAME=GLOB with a component's name.
Result<ComponentRule> parse_component_rule(std::string_view text);

/// A component with its changes; their order is its manifest's.
struct Part {
  improvement::Component component;
  std::vector<const Change*> changes;
};

/// Distributes all changes. A path that matches no rule goes to the default component: the source
/// package that the path belongs to, or (of a folder) the only component of `advisories` that has
/// no rule, else "system". Where packages are given, a component's versions and package are those
/// of the package with most of its files.
/// Sorted by name. Errors: Invalid, where a path matches two components, or nothing differs.
Result<std::vector<Part>> split(const Comparison& comparison, const Sides& sides,
                                std::span<const ComponentRule> rules,
                                std::span<const improvement::Advisory> advisories);

}  // namespace interlude::publish
