// `interlude repo`: make a repository, look at it, keep it fresh.

#include <fmt/format.h>

#include <algorithm>
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

struct InitOptions {
  Path directory;
  std::string source = "local";
  int root_days = 365;
  int targets_days = 180;
  int snapshot_days = 30;
  int timestamp_days = 7;
};

Result<Path> absolute_trusted_root(sys::FileSystem& disk, const tuf::Repository& repository) {
  const Result<Path> root = repository.trusted_root();
  if (!root) return root;
  return disk.resolve(*root);
}

Status init(const Invocation& run, const InitOptions& options) {
  sys::posix::FileSystem disk;
  sys::posix::Clock clock;
  const tuf::Lifetimes lifetimes{
      std::chrono::days(options.root_days), std::chrono::days(options.targets_days),
      std::chrono::days(options.snapshot_days), std::chrono::days(options.timestamp_days)};
  const Status made = repository::initialise(disk, clock, options.directory,
                                             {options.source, clock.now(), lifetimes});
  if (!made) return made;
  const Result<Path> root =
      absolute_trusted_root(disk, tuf::Repository(disk, clock, options.directory, lifetimes));
  if (!root) return std::unexpected(root.error());
  if (run.json()) {
    run.print(json::Value{{"trusted_root", *root}});
    return {};
  }
  run.print("trusted root: " + *root);
  run.note("Devices are provisioned with this file. Move " + options.directory +
           "/keys/offline to a safe place when nothing is being published.");
  return {};
}

// One role as people and scripts see it.
template <class T>
json::Value role_json(std::string_view name, const tuf::Verified<T>& role,
                      const tuf::Signers& signers, sys::Time now) {
  const auto left = std::chrono::floor<std::chrono::days>(role->expires - now);
  return {{"name", name},
          {"version", role->version},
          {"expires", sys::to_text(role->expires)},
          {"days_left", left.count()},
          {"threshold", signers.threshold},
          {"keys", signers.keys.size()}};
}

json::Value roles_json(const tuf::Contents& contents, sys::Time now) {
  const tuf::Root& root = *contents.root;
  json::Value roles = {role_json("root", contents.root, root.root, now),
                       role_json("timestamp", contents.timestamp, root.timestamp, now),
                       role_json("snapshot", contents.snapshot, root.snapshot, now),
                       role_json("targets", contents.targets, root.targets, now)};
  for (const tuf::Delegation& delegation : contents.targets->delegations) {
    const tuf::Verified<tuf::Targets>& list = contents.lists.at(delegation.name);
    json::Value role = role_json(delegation.name, list, delegation.signers, now);
    role["targets"] = list->targets.size();
    if (list->extra.contains("rollout")) role["rollout"] = list->extra.at("rollout");
    roles.push_back(std::move(role));
  }
  return roles;
}

json::Value status_json(const Path& root, const repository::Settings& settings,
                        const tuf::Contents& contents, sys::Time now) {
  json::Value roles = roles_json(contents, now);
  std::size_t targets = contents.targets->targets.size();
  for (const auto& [name, list] : contents.lists) targets += list->targets.size();
  json::Value improvements = json::Value::array();
  for (const improvement::Id& id : repository::published_ids(contents)) {
    improvements.push_back(id.text());
  }
  return {{"trusted_root", root},
          {"source", settings.source},
          {"created", sys::to_text(settings.created)},
          {"roles", std::move(roles)},
          {"targets", targets},
          {"improvements", std::move(improvements)}};
}

void print_status(const Invocation& run, const json::Value& status) {
  run.print(fmt::format("source {}, made {}", status.at("source").get<std::string>(),
                        status.at("created").get<std::string>()));
  run.print("trusted root: " + status.at("trusted_root").get<std::string>());
  run.print(fmt::format("{:<36} {:>7} {:>22} {:>9}  {}", "role", "version", "expires", "days left",
                        "signatures"));
  for (const json::Value& role : status.at("roles")) {
    run.print(fmt::format(
        "{:<36} {:>7} {:>22} {:>9}  {} of {}", role.at("name").get<std::string>(),
        role.at("version").get<std::uint64_t>(), role.at("expires").get<std::string>(),
        role.at("days_left").get<std::int64_t>(), role.at("threshold").get<std::uint64_t>(),
        role.at("keys").get<std::uint64_t>()));
  }
  const json::Value& improvements = status.at("improvements");
  run.print(fmt::format("improvements: {}, files: {}", improvements.size(),
                        status.at("targets").get<std::uint64_t>()));
  for (const json::Value& id : improvements) run.print("  " + id.get<std::string>());
}

Status status(const Invocation& run, const Path& directory) {
  sys::posix::FileSystem disk;
  sys::posix::Clock clock;
  const Result<repository::Settings> settings = repository::read_settings(disk, directory);
  if (!settings) return std::unexpected(settings.error());
  const tuf::Repository repository(disk, clock, directory, settings->lifetimes);
  const Result<Path> root = absolute_trusted_root(disk, repository);
  if (!root) return std::unexpected(root.error());
  const Result<tuf::Contents> contents = repository.contents();
  if (!contents) return std::unexpected(contents.error());
  const json::Value document = status_json(*root, *settings, *contents, clock.now());
  if (run.json()) {
    run.print(document);
  } else {
    print_status(run, document);
  }
  return {};
}

Status refresh(const Invocation& run, const Path& directory) {
  sys::posix::FileSystem disk;
  sys::posix::Clock clock;
  const Result<repository::Settings> settings = repository::read_settings(disk, directory);
  if (!settings) return std::unexpected(settings.error());
  const Result<sys::posix::LockFile> lock = sys::posix::LockFile::acquire(join(directory, "lock"));
  if (!lock) return std::unexpected(lock.error());
  tuf::Repository repository(disk, clock, directory, settings->lifetimes);
  const Status refreshed = repository.refresh();
  if (!refreshed) return refreshed;
  const std::string expires = sys::to_text(clock.now() + settings->lifetimes.timestamp);
  if (run.json()) {
    run.print(json::Value{{"expires", expires}});
  } else {
    run.print("signed anew; valid until " + expires);
  }
  return {};
}

CLI::App& subcommand(CLI::App& parent, Invocation& run, const std::string& name,
                     const std::string& description, Path& directory) {
  CLI::App& command = *parent.add_subcommand(name, description);
  command.add_option("DIR", directory, "The repository's folder")->required();
  run.add_json_option(command);
  return command;
}

}  // namespace

void define_repo(CLI::App& app, Invocation& run) {
  CLI::App& repo = *app.add_subcommand("repo", "Make and keep a repository of improvements");
  repo.require_subcommand(1);
  repo.footer("Example:\n  interlude repo init /srv/improvements");

  const auto options = std::make_shared<InitOptions>();
  CLI::App& init_command =
      subcommand(repo, run, "init", "Make a repository with fresh keys in an empty folder",
                 options->directory);
  init_command.add_option("--source", options->source, "First part of every id published here")
      ->capture_default_str();
  const auto days = [&](const std::string& flag, int& place, const std::string& what) {
    init_command.add_option(flag, place, "Days that " + what + " is valid")->capture_default_str();
  };
  days("--root-expires-days", options->root_days, "the root of trust");
  days("--targets-expires-days", options->targets_days, "each list of files");
  days("--snapshot-expires-days", options->snapshot_days, "the snapshot");
  days("--timestamp-expires-days", options->timestamp_days, "the timestamp");
  run.on_run(init_command, "interlude repo init /srv/improvements --source example",
             [&run, options] { return init(run, *options); });

  const auto directory = std::make_shared<Path>();
  CLI::App& status_command =
      subcommand(repo, run, "status", "Show roles, expiry and what is published", *directory);
  run.on_run(status_command, "interlude repo status /srv/improvements --json",
             [&run, directory] { return status(run, *directory); });

  CLI::App& refresh_command = subcommand(
      repo, run, "refresh", "Sign snapshot and timestamp anew before they expire", *directory);
  run.on_run(refresh_command, "interlude repo refresh /srv/improvements",
             [&run, directory] { return refresh(run, *directory); });
}

}  // namespace interlude::cli
