// `interlude publish`: adds what `interlude build` wrote to a repository.

#include <fmt/format.h>

#include <map>
#include <memory>

#include "cli/command.hpp"
#include "json/json.hpp"
#include "repository/publication.hpp"
#include "repository/settings.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/lock.hpp"

namespace interlude::cli {
namespace {

struct PublishOptions {
  Path repository;
  Path directory;
  std::string rollout;  ///< empty: as it is
};

std::optional<repository::Rollout> rollout_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text == "required" ? repository::Rollout::Required : repository::Rollout::None;
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

Status publish(const Invocation& run, const PublishOptions& options) {
  sys::posix::FileSystem disk;
  sys::posix::Clock clock;
  const Result<repository::Settings> settings = repository::read_settings(disk, options.repository);
  if (!settings) return std::unexpected(settings.error());
  const Result<std::vector<repository::Built>> builds =
      repository::read_build(disk, options.directory);
  if (!builds) return std::unexpected(builds.error());
  tuf::Repository repository(disk, clock, options.repository, settings->lifetimes);
  const auto plan = [&]() -> Result<repository::Publication> {
    const Result<tuf::Contents> contents = repository.contents();
    if (!contents) return std::unexpected(contents.error());
    return repository::plan(*contents, settings->source, *builds, rollout_of(options.rollout),
                            clock.now());
  };

  // Once without the lock: what is refused does not touch the folder at all.
  Result<repository::Publication> publication = plan();
  if (!publication) return std::unexpected(publication.error());
  if (!publication->updates.empty()) {
    const Result<sys::posix::LockFile> lock =
        sys::posix::LockFile::acquire(join(options.repository, "lock"));
    if (!lock) return std::unexpected(lock.error());
    publication = plan();
    if (!publication) return std::unexpected(publication.error());
    const Status published = repository.publish(publication->updates);
    if (!published) return published;
  }
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
  run.add_json_option(command);
  run.on_run(command, "interlude publish /srv/improvements build/a",
             [&run, options] { return publish(run, *options); });
}

}  // namespace interlude::cli
