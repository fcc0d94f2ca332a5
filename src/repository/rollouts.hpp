#pragma once
// The rollouts of a repository: what its lists say about each improvement, and what an act of the
// publisher is to change in them. The list "rollout" is signed by an online key; a schedule and a
// recall stand in the platform's list, for the offline one.

#include <map>
#include <string>
#include <vector>

#include "rollout/act.hpp"
#include "tuf/repository.hpp"

namespace interlude::repository {

/// One improvement of a repository, as devices see it.
struct Rollout {
  rollout::Improvement improvement;
  std::string list;  ///< the role that lists it
  std::string path;  ///< of its manifest
  bool required = false;
  std::optional<rollout::Entry> entry;
};

/// All that is announced, by list and letter. Corrupt where the list "rollout" is.
Result<std::vector<Rollout>> rollouts_of(const tuf::Contents& contents);
/// Those that `which` names: an id, the end of one ("12.11/a", "a"), or "all". NotFound, naming the
/// newest of each list, where none is.
Result<std::vector<Rollout>> select(const std::vector<Rollout>& all, const std::string& which);

/// Whether the list "rollout" ever said anything: then it is signed anew every few hours.
bool is_speaking(const tuf::Contents& contents);

/// The list "rollout" as of `now`, with `changes` by id in it.
Result<tuf::ListUpdate> word_update(const tuf::Contents& contents,
                                    const std::map<std::string, rollout::Entry>& changes,
                                    sys::Time now);
/// A platform's list with another schedule for, or a recall of, what it lists.
tuf::ListUpdate schedule_update(const Rollout& of, const rollout::Schedule& schedule);
tuf::ListUpdate recall_update(const Rollout& of, const rollout::Recall& recall);

}  // namespace interlude::repository
