// How one component relates to one device's baseline files. All files are observed first, then the
// four cases are tried in the order in which they can be true together: a component of deletions
// alone is absent, not "already fixed", where none of its files exists.

#include <algorithm>

#include "improvement/manifest.hpp"

namespace interlude::improvement {
namespace {

struct Observation {
  const FileChange* change = nullptr;
  std::optional<Entry> found;
  std::string obstacle;  ///< why the path cannot be looked at safely; empty where it can
};

Result<std::vector<Observation>> observe_all(sys::FileSystem& disk, const Path& root,
                                             const Component& component) {
  std::vector<Observation> all;
  all.reserve(component.files.size());
  for (const FileChange& change : component.files) {
    Result<std::optional<Entry>> found = observe(disk, root, change.path);
    if (found) {
      all.push_back({&change, std::move(*found), ""});
    } else if (found.error().kind() == ErrorKind::Denied) {
      all.push_back({&change, std::nullopt, found.error().message()});
    } else {
      return std::unexpected(found.error());
    }
  }
  return all;
}

/// nullopt where `seen` is in the `expected` state (nullopt: not there).
std::optional<Difference> departs(const Observation& seen, const std::optional<Entry>& expected,
                                  bool with_owner) {
  if (expected && seen.found && seen.obstacle.empty()) {
    return difference(*expected, *seen.found, with_owner);
  }
  if (!expected && !seen.found && seen.obstacle.empty()) return std::nullopt;
  const auto shown = [](const std::optional<Entry>& entry) {
    return entry ? describe(*entry) : std::string("nothing");
  };
  return Difference{shown(expected), seen.obstacle.empty() ? shown(seen.found) : seen.obstacle};
}

Applicability only(Fit fit) {
  return {fit, "", "", "", false};
}

bool is_absent(const std::vector<Observation>& all) {
  const auto had_before = [](const Observation& seen) { return seen.change->before.has_value(); };
  return std::ranges::any_of(all, had_before) &&
         std::ranges::none_of(all, [&](const Observation& seen) {
           return had_before(seen) && (seen.found || !seen.obstacle.empty());
         });
}

}  // namespace

Result<Applicability> applicability(sys::FileSystem& disk, const Path& root,
                                    const Component& component) {
  const Result<bool> with_owner = keeps_owners(disk, root);
  if (!with_owner) return std::unexpected(with_owner.error());
  const Result<std::vector<Observation>> all = observe_all(disk, root, component);
  if (!all) return std::unexpected(all.error());

  if (is_absent(*all)) return only(Fit::Absent);
  const auto is_fixed = [&](const Observation& seen) {
    return !departs(seen, seen.change->after, *with_owner);
  };
  if (std::ranges::all_of(*all, is_fixed)) return only(Fit::AlreadyFixed);
  for (const Observation& seen : *all) {
    std::optional<Difference> foreign = departs(seen, seen.change->before, *with_owner);
    const bool added_already = !seen.change->before && is_fixed(seen);
    if (foreign && !added_already) {
      return Applicability{Fit::Foreign, seen.change->path, std::move(foreign->expected),
                           std::move(foreign->found), !seen.obstacle.empty()};
    }
  }
  return only(Fit::Applies);
}

}  // namespace interlude::improvement
