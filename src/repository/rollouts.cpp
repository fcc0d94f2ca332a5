#include "repository/rollouts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "repository/publication.hpp"

namespace interlude::repository {
namespace {

/// Above this the file would cost every device too much; finished rollouts of old letters go first.
constexpr std::size_t kLargestWord = 10'000;

Result<rollout::Announcement> announcement_of(const tuf::Contents& contents) {
  const auto list = contents.lists.find(std::string(tuf::kRolloutRole));
  if (list == contents.lists.end()) return rollout::Announcement{};
  return rollout::parse_announcement(json::Reader(list->second->extra, "the list \"rollout\""),
                                     list->second->expires);
}

std::string list_name(const improvement::Id& id) {
  return improvement::role_name(id.platform, id.baseline);
}

Rollout rollout_of(const improvement::Id& id, const tuf::Targets& list,
                   const rollout::Announcement& said) {
  const std::string path = join(id.text(), kPublishedManifest);
  const tuf::Target& target = list.targets.at(path);
  Rollout one{
      rollout::read_improvement(id.text(), id.letter, target.hashes.at("sha256"), target.custom),
      list_name(id),
      path,
      list.extra.value("rollout", "none") != "none",
      {}};
  const auto entry = said.entries.find(id.text());
  if (entry != said.entries.end()) one.entry = entry->second;
  return one;
}

/// Without entries that nobody needs: of letters that a newer one, rolled out to everybody, has
/// replaced.
void prune(rollout::Announcement& said, const std::vector<Rollout>& all) {
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (json::canonical(to_json(said)).size() <= kLargestWord) return;
    const bool replaced = std::any_of(
        all.begin() + static_cast<std::ptrdiff_t>(at) + 1, all.end(), [&](const Rollout& newer) {
          return newer.list == all[at].list && rollout::reached(newer.improvement, newer.entry,
                                                                said.as_of) == rollout::kEverybody;
        });
    if (replaced) said.entries.erase(all[at].improvement.id);
  }
}

}  // namespace

Result<std::vector<Rollout>> rollouts_of(const tuf::Contents& contents) {
  const auto said = announcement_of(contents);
  if (!said) return std::unexpected(said.error());
  std::vector<Rollout> all;
  for (const improvement::Id& id : published_ids(contents)) {
    all.push_back(rollout_of(id, *contents.lists.at(list_name(id)), *said));
  }
  std::ranges::stable_sort(all, [](const Rollout& left, const Rollout& right) {
    if (left.list != right.list) return left.list < right.list;
    return left.improvement.letter < right.improvement.letter;
  });
  return all;
}

Result<std::vector<Rollout>> select(const std::vector<Rollout>& all, const std::string& which) {
  std::vector<Rollout> chosen;
  std::string known;
  for (std::size_t at = 0; at < all.size(); ++at) {
    const std::string& id = all[at].improvement.id;
    if (which == "all" || id == which || id.ends_with("/" + which)) chosen.push_back(all[at]);
    const bool newest = at + 1 == all.size() || all[at + 1].list != all[at].list;
    if (newest) known += (known.empty() ? "" : ", ") + id;
  }
  if (!chosen.empty()) return chosen;
  return fail(ErrorKind::NotFound,
              fmt::format("nothing published here is called {}; the newest {}", which,
                          known.empty() ? "is nothing" : "are " + known));
}

bool is_speaking(const tuf::Contents& contents) {
  const auto list = contents.lists.find(std::string(tuf::kRolloutRole));
  return list != contents.lists.end() && list->second->extra.contains("as_of");
}

Result<tuf::ListUpdate> word_update(const tuf::Contents& contents,
                                    const std::map<std::string, rollout::Entry>& changes,
                                    sys::Time now) {
  auto said = announcement_of(contents);
  if (!said) return std::unexpected(said.error());
  said->as_of = now;
  for (const auto& [id, entry] : changes) said->entries[id] = entry;
  if (changes.empty()) {
    const auto all = rollouts_of(contents);
    if (all) prune(*said, *all);
  }
  tuf::ListUpdate update;
  update.role = tuf::kRolloutRole;
  update.extra = to_json(*said);
  return update;
}

tuf::ListUpdate schedule_update(const Rollout& of, const rollout::Schedule& schedule) {
  tuf::ListUpdate update;
  update.role = of.list;
  update.customs[of.path]["rollout"] = to_json(schedule);
  return update;
}

tuf::ListUpdate recall_update(const Rollout& of, const rollout::Recall& recall) {
  tuf::ListUpdate update;
  update.role = of.list;
  update.customs[of.path]["recall"] = to_json(recall);
  return update;
}

}  // namespace interlude::repository
