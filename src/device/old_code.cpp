#include "device/old_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "device/code_paths.hpp"
#include "overlay/hierarchy.hpp"

namespace interlude::device {
namespace {

using improvement::Component;
using improvement::FileChange;

constexpr std::size_t kNamed = 8;

/// How `path` is named in mappings through a directory that showed another generation, and that was
/// taken off since: from that directory on, be it the narrow one or the whole.
std::vector<Path> names_below_hierarchies(const Path& path) {
  std::vector<Path> names;
  for (const std::vector<Path>& wholes : {std::vector<Path>(), std::vector<Path>{"usr", "opt"}}) {
    const auto hierarchy = overlay::hierarchy_of(path, wholes);
    if (hierarchy) names.push_back(path.substr(hierarchy->size()));
  }
  return names;
}

}  // namespace

std::vector<running::Watched> watched_paths(const Store& store, const Path& root,
                                            const Path& baseline, const Improved* on,
                                            const Improved* also) {
  std::map<Path, running::Watched> by_path;
  const auto add = [&](const FileChange& change) {
    if (!is_file(change.before) && !is_file(change.after)) return;
    running::Watched& watch = by_path[change.path];
    if (watch.path.empty() && is_file(change.before)) {
      watch.wanted = change.before->digest;
      const Path file = baseline.empty() ? "" : join(baseline, change.path);
      watch.versions.push_back({change.before->digest, file});
    }
    watch.path = join(root, change.path);
    if (!is_file(change.after)) return;
    watch.versions.push_back({change.after->digest, store.object(*change.after)});
  };
  const auto add_all = [&](const Improved& improved) {
    for (const Component* component : improved.on()) std::ranges::for_each(component->files, add);
  };
  const auto ids = store.generations();
  for (const std::string& id : ids ? *ids : std::vector<std::string>()) {
    if (id == kBaseline) continue;
    // One that cannot be read any more is only not known by its numbers.
    if (const auto improved = store.generation(id)) add_all(*improved);
  }
  for (const Improved* each : {also, on}) {
    if (each != nullptr) add_all(*each);
  }
  for (const Component* component : on != nullptr ? on->on() : std::vector<const Component*>()) {
    // What a link no longer points at is old, unless it is listed itself.
    for (const FileChange& change : component->files) {
      each_code_path(change, [&](const Path& path) {
        by_path[path].path = join(root, path);
        by_path[path].wanted.reset();
      });
    }
    for (const FileChange& change : component->files) {
      if (is_file(change.after)) by_path[change.path].wanted = change.after->digest;
    }
  }
  std::vector<running::Watched> all;
  for (auto& [path, watch] : by_path) {
    watch.also = names_below_hierarchies(path);
    all.push_back(std::move(watch));
  }
  return all;
}

std::vector<running::Process> with_old_code_of(const running::Findings& findings,
                                               const Component& component, const Path& root) {
  std::set<Path> paths;
  for (const FileChange& change : component.files) {
    each_code_path(change, [&](const Path& path) { paths.insert(join(root, path)); });
  }
  std::vector<running::Process> all;
  std::ranges::copy_if(findings.processes, std::back_inserter(all),
                       [&](const running::Process& each) {
                         return std::ranges::any_of(
                             each.old, [&](const Path& path) { return paths.contains(path); });
                       });
  return all;
}

std::string sum_up(const std::vector<running::Process>& processes) {
  std::set<std::string> names;
  for (const running::Process& each : processes) {
    if (each.belongs.of_person) {
      names.insert(fmt::format("{} of {} (pid {})", each.program, each.user, each.pid));
    } else if (each.belongs.unit.empty()) {
      names.insert(fmt::format("{} (pid {})", each.program, each.pid));
    } else {
      names.insert(each.belongs.unit);
    }
  }
  std::string text;
  std::size_t named = 0;
  for (const std::string& name : names) {
    if (named++ == kNamed) return text + fmt::format(" and {} more", names.size() - kNamed);
    text += (text.empty() ? "" : ", ") + name;
  }
  return text;
}

FixState fix_state(const Improved& improved, const std::string& name,
                   const std::optional<running::Findings>& findings, const Path& root) {
  const auto state = std::ranges::find(improved.generation.components, name, &ComponentState::name);
  if (state == improved.generation.components.end()) return {"absent", "not here"};
  switch (state->standing) {
    case Standing::On:
      break;
    case Standing::Absent:
      return {"absent", "not here, because " + name + " is not on this device"};
    case Standing::AlreadyFixed:
      return {"already-fixed", "already fixed by the system itself"};
    case Standing::Foreign:
      return {"foreign", "not here, because " + state->note};
    case Standing::OnHold:
      return {"on-hold", "not here, because " + state->note};
    case Standing::Exposed:
      return {"vulnerable-again", "VULNERABLE AGAIN: " + state->note};
    case Standing::NotChosen:
      return {"not-chosen", "not here, because " + name + " was not chosen"};
    case Standing::Waiting:
      return {"waiting", state->note == "at-boot"
                             ? "prepared; switches at the next start of the machine"
                             : "prepared; switches once nobody runs " + name};
  }
  if (!findings) return {"on", "fixed"};
  const Component* const component = improvement::find_component(improved.manifest, name);
  const auto old = with_old_code_of(*findings, *component, root);
  if (old.empty()) return {"running", "fixed and running"};
  return {"old-code",
          fmt::format("fixed, {} process{} still run{} old code: {}", old.size(),
                      old.size() == 1 ? "" : "es", old.size() == 1 ? "s" : "", sum_up(old))};
}

json::Value to_json(const std::vector<running::Process>& processes) {
  json::Value list = json::Value::array();
  for (const running::Process& each : processes) {
    list.push_back(
        {{"pid", each.pid},
         {"program", each.program},
         {"user", each.user},
         {"uid", each.uid},
         {"unit", each.belongs.unit.empty() ? json::Value() : json::Value(each.belongs.unit)},
         {"person", each.belongs.of_person}});
  }
  return list;
}

}  // namespace interlude::device
