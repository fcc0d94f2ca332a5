#pragma once
// What the commands that change rollouts share: the act, shown before it is done.

#include <functional>
#include <string>
#include <vector>

#include "cli/repo_session.hpp"
#include "repository/rollouts.hpp"

namespace interlude::cli {

struct RolloutOptions {
  Path repository;
  std::string which;
  bool dry_run = false;
  PassPhraseOptions pass_phrase;
};

/// REPO, WHICH, --dry-run and --json.
void add_rollout_options(CLI::App& command, Invocation& run, RolloutOptions& options);

/// What an act changes, and what that means for devices.
struct RolloutChange {
  std::map<std::string, rollout::Entry> entries;  ///< in the list "rollout", by id
  std::vector<tuf::ListUpdate> lists;             ///< in platforms' lists: for their keys
  std::vector<std::string> preview;               ///< one line for each improvement
};
using RolloutAct =
    std::function<Result<RolloutChange>(const std::vector<repository::Rollout>&, sys::Time now)>;

/// Does `act` to what `options.which` names, or with --dry-run only says what it would do.
Status change_rollouts(const Invocation& run, const RolloutOptions& options, const RolloutAct& act);

/// What is known about the share that has it: "at most 5 % of devices have (a)".
std::string reached_text(const repository::Rollout& of, sys::Time now);

}  // namespace interlude::cli
