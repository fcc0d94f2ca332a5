#include "publish/gate/package_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "dpkg/version.hpp"
#include "publish/gate/installed.hpp"

namespace interlude::publish {
namespace {

/// A script names its own version at times; that it does so is no change.
std::string without_version(std::string text, const std::string& version) {
  if (version.empty()) return text;
  for (std::size_t at = text.find(version); at != std::string::npos; at = text.find(version, at)) {
    text.replace(at, version.size(), "VERSION");
  }
  return text;
}

/// The first lines in which two texts differ, shortened.
std::pair<std::string, std::string> first_difference(const std::string& before,
                                                     const std::string& after) {
  std::istringstream old_lines(before);
  std::istringstream new_lines(after);
  std::pair<std::string, std::string> lines;
  for (int number = 1;; ++number) {
    const bool had = static_cast<bool>(std::getline(old_lines, lines.first));
    const bool has = static_cast<bool>(std::getline(new_lines, lines.second));
    if (had && has && lines.first == lines.second) continue;
    constexpr std::size_t kMost = 80;
    const auto shown = [&](bool there, const std::string& line) {
      if (!there) return fmt::format("line {}: none", number);
      return fmt::format("line {}: {}", number, line.substr(0, kMost));
    };
    return {shown(had, lines.first), shown(has, lines.second)};
  }
}

/// What of packages is there: their versions, and which of them the improvement brings.
struct Offered {
  std::string version;
  bool patched = false;
};

enum class Satisfied { ByBaseline, ByImprovement, Unknown, No };

class PackageJudging {
 public:
  PackageJudging(const Sides& sides, const Comparison& comparison, const std::vector<Part>& parts,
                 Findings& findings)
      : sides_(sides), comparison_(comparison), parts_(parts), findings_(findings) {}

  Status run() {
    for (const auto& [tree, packages] :
         {std::pair{&sides_.baseline, &old_}, std::pair{&sides_.patched, &new_}}) {
      *packages = tree->packages;
      if (tree->from_packages()) continue;
      Result<std::vector<Package>> installed = read_installed(*tree);
      if (!installed) return std::unexpected(installed.error());
      *packages = std::move(*installed);
    }
    for (const Package& package : old_) offer(package, false);
    for (const Package& package : new_) offer(package, true);
    for (const Package& package : new_) judge(package);
    for (const Path& path : comparison_.configuration) judge_configuration(path);
    return {};
  }

 private:
  void offer(const Package& package, bool patched) {
    const auto put = [&](const std::string& name, const std::string& version) {
      Offered& known = offered_[name];
      if (known.version.empty() || patched) known = {version, patched};
    };
    put(package.name, package.version);
    for (const dpkg::Dependency& provided : dpkg::parse_dependencies(package.control.provides)) {
      for (const dpkg::Relation& one : provided.alternatives) put(one.package, one.version);
    }
  }

  const Package* old_package(const Package& package) const {
    const auto found = std::ranges::find_if(old_, [&](const Package& old) {
      return old.name == package.name &&
             (old.architecture == package.architecture || old.architecture.empty());
    });
    return found == old_.end() ? nullptr : &*found;
  }

  std::string component_of(const Package& package) const {
    for (const auto& [has, is] : {std::pair{true, false}, {false, true}}) {
      for (const Part& part : parts_) {
        const bool fits = (has && part.component.package == package.name) ||
                          (is && part.component.name == package.source);
        if (fits) return part.component.name;
      }
    }
    return parts_.size() == 1 ? parts_.front().component.name : "";
  }

  void judge(const Package& package) {
    component_ = component_of(package);
    const Package* old = old_package(package);
    if (old == nullptr && old_.empty()) {
      findings_.warnings.push_back(
          {rule::kScript,
           package.name,
           "the baseline does not say what scripts and dependencies its package has: not compared",
           "",
           "",
           {},
           component_});
      return;
    }
    const Package none;
    if (old == nullptr) old = &none;
    judge_scripts(*old, package);
    judge_conffile_list(*old, package);
    judge_dependencies(*old, package);
  }

  void block(std::string_view rule, std::string path, std::string what, std::string before,
             std::string after) {
    findings_.blockers.push_back({rule,
                                  std::move(path),
                                  std::move(what),
                                  std::move(before),
                                  std::move(after),
                                  {},
                                  component_});
  }

  static std::string script_of(const Package& package, const char* name) {
    const auto found = package.control.scripts.find(name);
    if (found == package.control.scripts.end()) return "";
    return without_version(found->second, package.version);
  }

  void judge_scripts(const Package& before, const Package& after) {
    for (const char* name : kControlScripts) {
      const std::string old = script_of(before, name);
      const std::string fresh = script_of(after, name);
      if (old == fresh) continue;
      const bool triggers = std::string_view(name) == "triggers";
      auto [was, is] = first_difference(old, fresh);
      block(triggers ? rule::kTriggers : rule::kScript, join(after.name, name),
            triggers ? "the package's triggers change: nothing acts on them on devices"
                     : "a maintainer script changes: it does not run on devices",
            old.empty() ? "none" : was, fresh.empty() ? "none" : is);
    }
  }

  void judge_conffile_list(const Package& before, const Package& after) {
    for (const Path& path : after.control.configuration) {
      if (before.control.configuration.contains(path)) continue;
      block(rule::kConffile, path, "is configuration that the package adds: devices do not get it",
            "none", "configuration of " + after.name);
    }
    for (const Path& path : before.control.configuration) {
      if (after.control.configuration.contains(path)) continue;
      block(rule::kConffile, path,
            "is configuration no more for the package: devices keep it as it is",
            "configuration of " + before.name, "none");
    }
  }

  void judge_configuration(const Path& path) {
    Finding finding{rule::kConffile,
                    path,
                    "is configuration and differs: it is left to the package manager",
                    "",
                    "",
                    {},
                    configuration_component(path)};
    const bool listed = std::ranges::any_of(findings_.blockers, [&](const Finding& one) {
      return one.rule == rule::kConffile && one.path == path;
    });
    if (listed) return;
    // A folder may have been configured; its packages then differ from it always.
    (sides_.baseline.from_packages() ? findings_.blockers : findings_.warnings)
        .push_back(std::move(finding));
  }

  std::string configuration_component(const Path& path) const {
    for (const Tree* tree : {&sides_.patched, &sides_.baseline}) {
      const auto owner = tree->owners.find(path);
      if (owner != tree->owners.end()) return component_of(tree->packages[owner->second]);
    }
    return "";
  }

  void judge_dependencies(const Package& before, const Package& after) {
    const std::vector<dpkg::Dependency> old = dpkg::parse_dependencies(before.control.depends);
    for (const dpkg::Dependency& dependency : dpkg::parse_dependencies(after.control.depends)) {
      const dpkg::Dependency* known = counterpart(old, dependency);
      if (known != nullptr && !asks_more(*known, dependency)) continue;
      const Satisfied satisfied = satisfaction(dependency);
      const bool raised = known != nullptr;
      // The other package comes along, or the baseline has enough of it already.
      if (satisfied == Satisfied::ByImprovement) continue;
      if (satisfied == Satisfied::ByBaseline && raised) continue;
      const char* answer = "the baseline has it";
      if (satisfied == Satisfied::Unknown) {
        answer = "not among the packages given: make sure that the baseline has it";
      } else if (satisfied == Satisfied::No) {
        answer = "the baseline does not have it";
      }
      Finding finding{
          rule::kDependency,
          join(after.name, "Depends"),
          fmt::format("{} {}", raised ? "depends on more:" : "a new dependency:", dependency.text),
          raised ? known->text : "none",
          answer,
          {},
          component_};
      (satisfied == Satisfied::No ? findings_.blockers : findings_.warnings)
          .push_back(std::move(finding));
    }
  }

  static std::vector<std::string> names_in(const dpkg::Dependency& dependency) {
    std::vector<std::string> names;
    for (const dpkg::Relation& one : dependency.alternatives) names.push_back(one.package);
    return names;
  }

  /// The old dependency on the same packages, bounded from the same side; the same text first.
  static const dpkg::Dependency* counterpart(const std::vector<dpkg::Dependency>& old,
                                             const dpkg::Dependency& dependency) {
    const auto same = std::ranges::find(old, dependency.text, &dpkg::Dependency::text);
    if (same != old.end()) return &*same;
    const auto names = names_in(dependency);
    const dpkg::Dependency* found = nullptr;
    for (const dpkg::Dependency& one : old) {
      if (names_in(one) != names) continue;
      if (found == nullptr ||
          one.alternatives.front().operation == dependency.alternatives.front().operation) {
        found = &one;
      }
    }
    return found;
  }

  static bool asks_more(const dpkg::Dependency& old, const dpkg::Dependency& fresh) {
    for (std::size_t i = 0; i < fresh.alternatives.size(); ++i) {
      const dpkg::Relation& was = old.alternatives[i];
      const dpkg::Relation& is = fresh.alternatives[i];
      if (is.operation.empty() || was == is) continue;
      if (was.operation != is.operation) return true;
      const std::strong_ordering order = dpkg::compare_versions(is.version, was.version);
      const bool looser = is.operation.starts_with('<')   ? order >= 0
                          : is.operation.starts_with('>') ? order <= 0
                                                          : order == 0;
      if (!looser) return true;
    }
    return false;
  }

  Satisfied satisfaction(const dpkg::Dependency& dependency) const {
    const bool complete = !sides_.baseline.from_packages();
    Satisfied best = Satisfied::No;
    for (const dpkg::Relation& one : dependency.alternatives) {
      const auto found = offered_.find(one.package);
      if (found == offered_.end()) {
        if (!complete) best = std::min(best, Satisfied::Unknown);
      } else if (dpkg::satisfies(one, found->second.version)) {
        best = std::min(best,
                        found->second.patched ? Satisfied::ByImprovement : Satisfied::ByBaseline);
      }
    }
    return best;
  }

  const Sides& sides_;
  const Comparison& comparison_;
  const std::vector<Part>& parts_;
  Findings& findings_;
  std::vector<Package> old_;
  std::vector<Package> new_;
  std::map<std::string, Offered> offered_;
  std::string component_;  ///< of the package being judged
};

}  // namespace

Status judge_packages(const Sides& sides, const Comparison& comparison,
                      const std::vector<Part>& parts, Findings& findings) {
  return PackageJudging(sides, comparison, parts, findings).run();
}

}  // namespace interlude::publish
