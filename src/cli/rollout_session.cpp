#include "cli/rollout_session.hpp"

#include <fmt/format.h>

#include "cli/repo_pages.hpp"
#include "json/json.hpp"

namespace interlude::cli {
namespace {

struct Prepared {
  RolloutChange change;
  std::vector<tuf::ListUpdate> word;  ///< none, or the list "rollout"
};

Result<Prepared> prepare(RepoSession& session, const std::string& which, const RolloutAct& act) {
  const auto contents = session.repository->contents();
  if (!contents) return std::unexpected(contents.error());
  const auto all = repository::rollouts_of(*contents);
  if (!all) return std::unexpected(all.error());
  const auto chosen = repository::select(*all, which);
  if (!chosen) return std::unexpected(chosen.error());
  const sys::Time now = session.clock.now();
  auto change = act(*chosen, now);
  if (!change) return std::unexpected(change.error());
  Prepared prepared{std::move(*change), {}};
  if (!prepared.change.entries.empty()) {
    auto word = repository::word_update(*contents, prepared.change.entries, now);
    if (!word) return std::unexpected(word.error());
    prepared.word.push_back(std::move(*word));
  }
  return prepared;
}

/// What the online key signs is announced first, by itself: stopping must not wait for others'
/// keys.
Result<tuf::Outcome> publish(RepoSession& session, const Prepared& prepared) {
  Result<tuf::Outcome> outcome = tuf::Outcome{true, {}};
  for (const auto* updates : {&prepared.word, &prepared.change.lists}) {
    if (updates->empty()) continue;
    outcome = session.repository->publish(*updates);
    if (!outcome) return outcome;
  }
  return outcome;
}

void report(const Invocation& run, const Prepared& prepared, bool done) {
  if (run.json()) {
    json::Value entries = json::Value::object();
    for (const auto& [id, entry] : prepared.change.entries) entries[id] = to_json(entry);
    run.print(json::Value{{"announced", done},
                          {"rollouts", std::move(entries)},
                          {"preview", prepared.change.preview}});
    return;
  }
  for (const std::string& line : prepared.change.preview) run.print(line);
}

}  // namespace

void add_rollout_options(CLI::App& command, Invocation& run, RolloutOptions& options) {
  command.add_option("REPO", options.repository, "The repository's folder")->required();
  command
      .add_option("WHICH", options.which,
                  "An improvement's id, or the end of it (12.11/a, a); all: every one")
      ->required();
  command.add_flag("--dry-run", options.dry_run, "Say what it would do, and do nothing");
  add_pass_phrase_options(command, options.pass_phrase);
  run.add_json_option(command);
}

Status change_rollouts(const Invocation& run, const RolloutOptions& options,
                       const RolloutAct& act) {
  const auto looked = RepoSession::look(options.repository);
  if (!looked) return std::unexpected(looked.error());
  const auto planned = prepare(**looked, options.which, act);
  if (!planned) return std::unexpected(planned.error());
  if (options.dry_run) {
    report(run, *planned, false);
    if (!run.json()) run.print("nothing was done (--dry-run)");
    return {};
  }
  const auto session = RepoSession::change(options.repository, options.pass_phrase);
  if (!session) return std::unexpected(session.error());
  const auto before = (*session)->repository->complete();
  if (!before) return std::unexpected(before.error());
  const auto prepared = prepare(**session, options.which, act);
  if (!prepared) return std::unexpected(prepared.error());
  const auto outcome = publish(**session, *prepared);
  if (!outcome) return std::unexpected(outcome.error());
  const auto warning = renew_pages(**session);
  if (warning) run.note("warning: " + *warning);
  report(run, *prepared, outcome->announced);
  if (!outcome->announced && !run.json()) print_outcome(run, options.repository, *outcome);
  return {};
}

std::string reached_text(const repository::Rollout& of, sys::Time now) {
  const auto share = rollout::reached(of.improvement, of.entry, now);
  return fmt::format("{}: at most {} of devices have it", of.improvement.id,
                     rollout::percent(share));
}

}  // namespace interlude::cli
