// `interlude repo refresh`: signs anew what expires soon. A timer runs it hourly.

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/repo_session.hpp"
#include "json/json.hpp"
#include "repository/upkeep.hpp"

namespace interlude::cli {
namespace {

struct RefreshOptions {
  Path directory;
  bool force = false;
  bool stage = false;
  PassPhraseOptions pass_phrase;
};

bool is_current_only(const std::string& role) {
  return role == "timestamp" || role == "snapshot";
}

struct Work {
  bool current = false;             ///< snapshot and timestamp are to be signed
  std::vector<std::string> lists;   ///< to be given a new version
  std::vector<std::string> missed;  ///< due, and their keys are elsewhere
};

Work work_to_do(const RepoSession& session, const std::vector<repository::Age>& ages,
                const RefreshOptions& options) {
  Work work;
  work.current = options.force;
  for (const repository::Age& age : ages) {
    if (!age.due) continue;
    if (is_current_only(age.role)) {
      work.current = true;
    } else if (options.stage || session.can_sign(age.role)) {
      work.lists.push_back(age.role);
    } else {
      work.missed.push_back(age.role);
    }
  }
  return work;
}

Status refresh(const Invocation& run, const RefreshOptions& options) {
  const auto opened = RepoSession::change(options.directory, options.pass_phrase);
  if (!opened) return std::unexpected(opened.error());
  RepoSession& session = **opened;
  Result<tuf::Outcome> outcome = session.repository->complete();
  if (!outcome) return std::unexpected(outcome.error());
  const bool is_staged = !outcome->announced;
  const Result<tuf::Contents> before = session.repository->contents();
  if (!before) return std::unexpected(before.error());
  Work work = work_to_do(
      session, repository::ages(*before, session.clock.now(), session.settings.lifetimes), options);
  if (is_staged) {  // one act at a time; snapshot and timestamp do not wait for it
    work.missed.insert(work.missed.end(), work.lists.begin(), work.lists.end());
    work.lists.clear();
  }
  if (!work.lists.empty()) {
    outcome = session.repository->renew(work.lists);
    if (!outcome) return std::unexpected(outcome.error());
  }
  const bool announced_by_renewal = !work.lists.empty() && outcome->announced;
  if (work.current && !announced_by_renewal) {
    const Status signed_anew = session.repository->refresh();
    if (!signed_anew) return signed_anew;
  }
  const Result<tuf::Contents> now = session.repository->contents();
  if (!now) return std::unexpected(now.error());
  const std::string expires = sys::to_text((*now).timestamp->expires);
  const bool anew = work.current || announced_by_renewal;
  for (const std::string& role : work.missed) {
    run.note(
        fmt::format("warning: {} is due and could not be renewed here; --stage prepares it "
                    "for keys that are elsewhere",
                    role));
  }
  if (run.json()) {
    run.print(json::Value{{"refreshed", anew},
                          {"renewed", work.lists},
                          {"due_elsewhere", work.missed},
                          {"expires", expires}});
    return {};
  }
  run.print((anew ? "signed anew; valid until " : "nothing is due; valid until ") + expires);
  if (!work.lists.empty()) print_outcome(run, options.directory, *outcome);
  return {};
}

}  // namespace

void define_repo_refresh(CLI::App& repo, Invocation& run) {
  const auto options = std::make_shared<RefreshOptions>();
  CLI::App& command =
      *repo.add_subcommand("refresh", "Sign anew what has less than a third of its lifetime left");
  command.add_option("DIR", options->directory, "The repository's folder")->required();
  command.add_flag("--force", options->force, "Sign snapshot and timestamp even if nothing is due");
  command.add_flag("--stage", options->stage,
                   "Stage lists and root that are due and whose keys are elsewhere");
  add_pass_phrase_options(command, options->pass_phrase);
  run.add_json_option(command);
  run.on_run(command, "interlude repo refresh /srv/improvements",
             [&run, options] { return refresh(run, *options); });
}

}  // namespace interlude::cli
