// `interlude repo pages`: the pages for people beside the signed folders, and the feed.

#include "cli/repo_pages.hpp"

#include <fmt/format.h>

#include <memory>

#include "json/json.hpp"
#include "pages/pages.hpp"
#include "repository/rollouts.hpp"

namespace interlude::cli {
namespace {

struct PagesOptions {
  Path directory;
  std::string base_url;
};

pages::RolloutView view_of(const repository::Rollout& of) {
  using State = pages::RolloutView::State;
  pages::RolloutView view;
  const rollout::Entry entry = of.entry.value_or(rollout::Entry{});
  switch (entry.progress) {
    case rollout::Progress::Running:
      view.state = State::Running;
      break;
    case rollout::Progress::Paused:
      view.state = State::Paused;
      break;
    case rollout::Progress::Withdrawn:
      view.state = State::Withdrawn;
      break;
    case rollout::Progress::Complete:
      view.state = State::Complete;
      break;
  }
  view.reason = entry.reason;
  view.reverts = entry.after == rollout::After::Revert;
  if (of.entry) view.since = entry.since;
  view.delay = entry.shift;
  view.ceiling = entry.ceiling;
  if (of.improvement.schedule) {
    const rollout::Schedule& schedule = *of.improvement.schedule;
    view.urgent = schedule.urgency == rollout::Urgency::Urgent;
    view.start = schedule.start;
    view.by_rings = !schedule.rings.empty();
    for (const rollout::Step& step : schedule.steps) view.steps.push_back({step.after, step.reach});
    for (const rollout::RingStep& step : schedule.rings) {
      view.steps.push_back({step.after, step.ring});
    }
  }
  if (of.improvement.recall) {
    const rollout::Recall& recall = *of.improvement.recall;
    view.state = State::Withdrawn;
    view.reason = recall.reason;
    view.reverts = recall.after == rollout::After::Revert;
    view.since = recall.at;
  }
  return view;
}

/// Of every improvement about whose rollout anything is said. One that is required and has not
/// begun is not in it.
Result<std::map<std::string, pages::RolloutView>> views_of(const tuf::Contents& contents) {
  const auto rollouts = repository::rollouts_of(contents);
  if (!rollouts) return std::unexpected(rollouts.error());
  std::map<std::string, pages::RolloutView> views;
  for (const repository::Rollout& each : *rollouts) {
    if (each.entry || each.improvement.recall) views.emplace(each.improvement.id, view_of(each));
  }
  return views;
}

Result<pages::Written> write_pages(RepoSession& session, const std::string& base_url) {
  const Result<tuf::Contents> contents = session.repository->contents();
  if (!contents) return std::unexpected(contents.error());
  const Path public_folder = join(session.directory, "public");
  Result<std::vector<repository::Announced>> announced =
      repository::read_announced(session.disk, public_folder, *contents);
  if (!announced) return std::unexpected(announced.error());
  auto views = views_of(*contents);
  if (!views) return std::unexpected(views.error());
  const pages::Site site{session.settings.source, session.settings.created, base_url,
                         std::move(*announced), std::move(*views)};
  return pages::write(session.disk, public_folder, pages::make(site));
}

Status rebuild(const Invocation& run, const PagesOptions& options) {
  const Result<std::string> given = repository::checked_base_url(options.base_url);
  if (!given) return std::unexpected(given.error().during("--base-url " + options.base_url));
  const auto session = RepoSession::change(options.directory, {});
  if (!session) return std::unexpected(session.error());
  const std::string& base_url = given->empty() ? (*session)->settings.base_url : *given;
  const Result<pages::Written> written = write_pages(**session, base_url);
  if (!written) return std::unexpected(written.error());
  const Path folder = join(options.directory, "public/security");
  if (run.json()) {
    run.print(
        json::Value{{"folder", folder}, {"pages", written->pages}, {"changed", written->changed}});
  } else {
    run.print(fmt::format("{}: {} pages, {} changed", folder, written->pages, written->changed));
  }
  return {};
}

}  // namespace

std::optional<std::string> renew_pages(RepoSession& session) {
  const Result<pages::Written> written = write_pages(session, session.settings.base_url);
  if (written) return std::nullopt;
  return fmt::format(
      "the pages for people do not show this yet: {}; `interlude repo pages {}` writes them",
      written.error().message(), session.directory);
}

void define_repo_pages(CLI::App& repo, Invocation& run) {
  const auto options = std::make_shared<PagesOptions>();
  CLI::App& command = *repo.add_subcommand(
      "pages", "Write the pages for people, and their feed, anew from what is announced");
  command.add_option("DIR", options->directory, "The repository's folder")->required();
  command.add_option("--base-url", options->base_url,
                     "Where the public folder is served, for this time; without, what "
                     "repository.toml says");
  run.add_json_option(command);
  run.on_run(command, "interlude repo pages /srv/improvements",
             [&run, options] { return rebuild(run, *options); });
}

}  // namespace interlude::cli
