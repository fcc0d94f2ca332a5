// `interlude publish`: adds what `interlude build` wrote to a repository.

#include <fmt/format.h>

#include <map>
#include <memory>

#include "cli/repo_pages.hpp"
#include "json/json.hpp"
#include "repository/publication.hpp"

namespace interlude::cli {
namespace {

struct PublishOptions {
  Path repository;
  Path directory;
  std::string rollout;  ///< empty: as it is
  std::string urgency;  ///< empty: normal
  unsigned rings = 0;   ///< instead of shares of all devices
  unsigned ring_hours = 24;
  std::string start;  ///< empty: now
  bool hold = false;
  PassPhraseOptions pass_phrase;
};

Result<repository::Terms> terms_of(const PublishOptions& options, sys::Time now,
                                   const tuf::Lifetimes& lifetimes) {
  repository::Terms terms;
  terms.timestamp_life = lifetimes.timestamp;
  terms.hold = options.hold;
  if (!options.rollout.empty()) {
    terms.rule = options.rollout == "required" ? repository::RolloutRule::Required
                                               : repository::RolloutRule::None;
  }
  if (!options.start.empty()) {
    const auto time = sys::parse_time(options.start);
    if (!time) return fail(ErrorKind::Invalid, "--start: " + time.error().message());
    now = *time;
  }
  const bool urgent = options.urgency == "urgent";
  if (options.rings > 0) {
    terms.schedule =
        rollout::ring_profile(now, options.rings, std::chrono::hours(options.ring_hours));
  } else {
    terms.schedule =
        rollout::profile(urgent ? rollout::Urgency::Urgent : rollout::Urgency::Normal, now);
  }
  return terms;
}

json::Value ids_json(const std::vector<improvement::Id>& ids) {
  json::Value all = json::Value::array();
  for (const improvement::Id& id : ids) all.push_back(id.text());
  return all;
}

void report(const Invocation& run, const repository::Publication& publication) {
  for (const std::string& warning : publication.warnings) run.note("warning: " + warning);
  if (run.json()) {
    run.print(json::Value{{"published", ids_json(publication.added)},
                          {"already_published", ids_json(publication.known)},
                          {"warnings", publication.warnings}});
    return;
  }
  for (const improvement::Id& id : publication.added) run.print("published " + id.text());
  for (const improvement::Id& id : publication.known) run.print("already published " + id.text());
}

Result<repository::Publication> plan(RepoSession& session, const PublishOptions& options,
                                     const std::vector<repository::Built>& builds) {
  const Result<tuf::Contents> contents = session.repository->contents();
  if (!contents) return std::unexpected(contents.error());
  const sys::Time now = session.clock.now();
  const auto terms = terms_of(options, now, session.settings.lifetimes);
  if (!terms) return std::unexpected(terms.error());
  return repository::plan(*contents, session.settings.source, builds, *terms, now);
}

Status publish(const Invocation& run, const PublishOptions& options) {
  // Once without the lock: what is refused does not touch the folder at all.
  const auto looked = RepoSession::look(options.repository);
  if (!looked) return std::unexpected(looked.error());
  const Result<std::vector<repository::Built>> builds =
      repository::read_build((*looked)->disk, options.directory);
  if (!builds) return std::unexpected(builds.error());
  Result<repository::Publication> publication = plan(**looked, options, *builds);
  if (!publication) return std::unexpected(publication.error());
  if (publication->updates.empty()) {
    report(run, *publication);
    return {};
  }
  const auto session = RepoSession::change(options.repository, options.pass_phrase);
  if (!session) return std::unexpected(session.error());
  // An act that was interrupted may be what is asked for.
  const Result<tuf::Outcome> before = (*session)->repository->complete();
  if (!before) return std::unexpected(before.error());
  publication = plan(**session, options, *builds);
  if (!publication) return std::unexpected(publication.error());
  if (!publication->updates.empty()) {
    const Result<tuf::Outcome> outcome = (*session)->repository->publish(publication->updates);
    if (!outcome) return std::unexpected(outcome.error());
    if (!outcome->announced) {
      print_outcome(run, options.repository, *outcome);
      return {};
    }
  }
  const std::optional<std::string> warning = renew_pages(**session);
  if (warning) publication->warnings.push_back(*warning);
  report(run, *publication);
  return {};
}

}  // namespace

void define_publish(CLI::App& app, Invocation& run) {
  const auto options = std::make_shared<PublishOptions>();
  CLI::App& command =
      *app.add_subcommand("publish", "Add an improvement, or a whole release, to a repository");
  command.add_option("REPO", options->repository, "The repository's folder")->required();
  command.add_option("DIR", options->directory, "What `interlude build` wrote")->required();
  command
      .add_option("--rollout", options->rollout,
                  "Whether devices need rollout data to install; kept as it is where not given")
      ->check(CLI::IsMember(std::vector<std::string>{"required", "none"}));
  CLI::Option* const urgency =
      command
          .add_option("--urgency", options->urgency,
                      "How fast it rolls out where rollout data is required: normal (36 hours), "
                      "urgent (3 hours)")
          ->check(CLI::IsMember(std::vector<std::string>{"normal", "urgent"}));
  command
      .add_option("--rings", options->rings,
                  "Roll out by so many rings of devices instead of by shares")
      ->check(CLI::Range(1, 30))
      ->excludes(urgency);
  command.add_option("--ring-hours", options->ring_hours, "Hours from one ring to the next")
      ->check(CLI::Range(1, 168));
  command.add_option("--start", options->start, "When the rollout begins; now where not given")
      ->type_name("TIME");
  command.add_flag("--hold", options->hold, "Let `interlude rollout start` begin it");
  add_pass_phrase_options(command, options->pass_phrase);
  run.add_json_option(command);
  run.on_run(command, "interlude publish /srv/improvements build/a",
             [&run, options] { return publish(run, *options); });
}

}  // namespace interlude::cli
