#include "publish/components.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <map>
#include <set>

namespace interlude::publish {
namespace {

constexpr const char* kSystem = "system";

/// The package that `path` belongs to, the patched one first; nullptr where there is none.
const Package* package_of(const Sides& sides, const Path& path) {
  for (const Tree* tree : {&sides.patched, &sides.baseline}) {
    const auto owner = tree->owners.find(path);
    if (owner != tree->owners.end()) return &tree->packages[owner->second];
  }
  return nullptr;
}

const Package* find_package(const Tree& tree, const std::string& name) {
  const auto found = std::ranges::find(tree.packages, name, &Package::name);
  return found == tree.packages.end() ? nullptr : &*found;
}

/// The component for a folder's paths that match no rule.
std::string default_component(std::span<const ComponentRule> rules,
                              std::span<const improvement::Advisory> advisories) {
  std::set<std::string> unclaimed;
  for (const improvement::Advisory& advisory : advisories) {
    if (!advisory.component.empty()) unclaimed.insert(advisory.component);
  }
  for (const ComponentRule& rule : rules) unclaimed.erase(rule.name);
  return unclaimed.size() == 1 ? *unclaimed.begin() : kSystem;
}

/// The one component that a rule gives `path`; "" where no rule matches.
Result<std::string> ruled_component(std::span<const ComponentRule> rules, const Path& path) {
  std::string name;
  for (const ComponentRule& rule : rules) {
    if (fnmatch(rule.glob.c_str(), path.c_str(), 0) != 0) continue;
    if (!name.empty() && name != rule.name) {
      return fail(ErrorKind::Invalid,
                  fmt::format("{} matches two components, {} and {}", path, name, rule.name));
    }
    name = rule.name;
  }
  return name;
}

/// Name of the package that most of the changes belong to; of several, the first by name.
std::string main_package(const std::vector<const Change*>& changes, const Sides& sides) {
  std::map<std::string, std::size_t> counts;
  for (const Change* change : changes) {
    const Package* package = package_of(sides, change->file.path);
    if (package != nullptr) ++counts[package->name];
  }
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
  return most == counts.end() ? "" : most->first;
}

void describe(Part& part, const Sides& sides) {
  improvement::Component& component = part.component;
  for (const Change* change : part.changes) component.files.push_back(change->file);
  component.package = main_package(part.changes, sides);
  if (component.package.empty()) return;
  const Package* before = find_package(sides.baseline, component.package);
  const Package* after = find_package(sides.patched, component.package);
  if (before != nullptr) component.version_before = before->version;
  if (after != nullptr) component.version_after = after->version;
}

}  // namespace

Result<ComponentRule> parse_component_rule(std::string_view text) {
  const std::size_t equals = text.find('=');
  std::string_view glob = equals == std::string_view::npos ? "" : text.substr(equals + 1);
  while (glob.starts_with('/')) glob.remove_prefix(1);
  if (glob.empty()) {
    return fail(ErrorKind::Invalid, fmt::format("component \"{}\": expected NAME=GLOB, e.g. "
                                                "openssl=usr/lib/*/libssl*",
                                                text));
  }
  const std::string_view name = text.substr(0, equals);
  if (const Status good = check_name(name, "component"); !good) {
    return std::unexpected(good.error());
  }
  return ComponentRule{std::string(name), std::string(glob)};
}

Result<std::vector<Part>> split(const Comparison& comparison, const Sides& sides,
                                std::span<const ComponentRule> rules,
                                std::span<const improvement::Advisory> advisories) {
  if (comparison.changes.empty()) {
    return fail(ErrorKind::Invalid,
                "nothing differs between the baseline and the patched side (documentation and "
                "configuration are left out)");
  }
  const std::string otherwise = default_component(rules, advisories);
  std::map<std::string, Part> parts;
  for (const Change& change : comparison.changes) {
    Result<std::string> name = ruled_component(rules, change.file.path);
    if (!name) return std::unexpected(name.error());
    if (name->empty()) {
      const Package* package = package_of(sides, change.file.path);
      *name = package != nullptr ? package->source : otherwise;
    }
    parts[*name].changes.push_back(&change);
  }
  std::vector<Part> all;
  for (auto& [name, part] : parts) {
    part.component.name = name;
    describe(part, sides);
    all.push_back(std::move(part));
  }
  return all;
}

}  // namespace interlude::publish
