// `interlude repo`: make a repository, and everything a publisher does with it between releases.

#include <fmt/format.h>

#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>
#include <memory>

#include "cli/repo_session.hpp"
#include "json/json.hpp"

namespace interlude::cli {
namespace {

constexpr int kMostRootKeys = 64;

struct InitOptions {
  Path directory;
  std::string source = "local";
  int root_days = 365;
  int targets_days = 180;
  int snapshot_days = 30;
  int timestamp_days = 7;
  std::size_t root_keys = 3;
  std::uint64_t root_threshold = 2;
  std::string scheme = "ed25519";
  std::vector<std::string> key_files;  ///< ROLE=FILE
  std::string base_url;
  bool encrypt = false;
  PassPhraseOptions pass_phrase;
};

Status add_key_file(repository::Keys& keys, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string role = assignment.substr(0, equals);
  if (equals == std::string::npos || !keys.wishes.contains(role)) {
    return fail(ErrorKind::Invalid,
                fmt::format("--key {}: expected ROLE=FILE, ROLE one of root, targets, platforms, "
                            "snapshot, timestamp, rollout",
                            assignment));
  }
  keys.wishes[role].key_files.push_back(assignment.substr(equals + 1));
  return {};
}

Result<repository::Keys> wished_keys(const InitOptions& options, const crypto::AskSecret& ask) {
  repository::Keys keys;
  keys.wishes["root"].count = options.root_keys;
  keys.wishes["root"].threshold = options.root_threshold;
  const Result<crypto::Scheme> scheme = crypto::scheme_named(options.scheme);
  if (!scheme) return std::unexpected(scheme.error());
  keys.kind.scheme = *scheme;
  keys.kind.aborted = interrupted;
  for (const std::string& assignment : options.key_files) {
    const Status added = add_key_file(keys, assignment);
    if (!added) return std::unexpected(added.error());
  }
  if (!options.encrypt) return keys;
  Result<crypto::Secret> chosen =
      new_pass_phrase(options.pass_phrase, ask, "pass phrase of the offline keys");
  if (!chosen) return std::unexpected(chosen.error());
  keys.kind.pass_phrase = std::move(*chosen);
  return keys;
}

Status report_made(const Invocation& run, const InitOptions& options, const tuf::Outcome& outcome) {
  if (!outcome.announced) {
    print_outcome(run, options.directory, outcome);
    return {};
  }
  const auto session = RepoSession::look(options.directory);
  if (!session) return std::unexpected(session.error());
  const Result<Path> root = (*session)->repository->trusted_root();
  if (!root) return std::unexpected(root.error());
  const Result<Path> absolute = (*session)->disk.resolve(*root);
  if (!absolute) return std::unexpected(absolute.error());
  if (run.json()) {
    run.print(json::Value{{"trusted_root", *absolute}});
    return {};
  }
  run.print("trusted root: " + *absolute);
  run.note(fmt::format(
      "Devices are provisioned with this file. Now move the .pem files of {}/keys/offline to "
      "places of their own, no two of the root's together; the .toml files stay and say whose keys "
      "they are. {}/keys/online stays here.",
      options.directory, options.directory));
  return {};
}

Status init(const Invocation& run, const InitOptions& options) {
  sys::posix::FileSystem disk;
  sys::posix::Clock clock;
  sys::posix::ProcessRunner processes;
  const tuf::Lifetimes lifetimes{
      std::chrono::days(options.root_days), std::chrono::days(options.targets_days),
      std::chrono::days(options.snapshot_days), std::chrono::days(options.timestamp_days)};
  const Result<crypto::AskSecret> ask = prepare_for_secrets(options.pass_phrase);
  if (!ask) return std::unexpected(ask.error());
  const Result<repository::Keys> keys = wished_keys(options, *ask);
  if (!keys) return std::unexpected(keys.error());
  const Result<std::string> base_url = repository::checked_base_url(options.base_url);
  if (!base_url) return std::unexpected(base_url.error().during("--base-url " + options.base_url));
  const Result<tuf::Outcome> made =
      repository::initialise(disk, clock, processes, *ask, options.directory,
                             {options.source, clock.now(), lifetimes, *base_url}, *keys);
  if (!made) return std::unexpected(made.error());
  return report_made(run, options, *made);
}

void define_repo_init(CLI::App& repo, Invocation& run) {
  const auto options = std::make_shared<InitOptions>();
  CLI::App& command =
      *repo.add_subcommand("init", "Make a repository with fresh keys in an empty folder");
  command.add_option("DIR", options->directory, "The repository's folder")->required();
  run.add_json_option(command);
  command.add_option("--source", options->source, "First part of every id published here")
      ->capture_default_str();
  command.add_option("--root-keys", options->root_keys, "How many keys the root gets")
      ->check(CLI::Range(1, kMostRootKeys))
      ->capture_default_str();
  command.add_option("--root-threshold", options->root_threshold, "How many of them must sign")
      ->capture_default_str();
  command
      .add_option("--scheme", options->scheme,
                  "Of new keys: ed25519, ecdsa-sha2-nistp256 or rsassa-pss-sha256")
      ->capture_default_str();
  command.add_option("--key", options->key_files,
                     "ROLE=FILE: take this key (a key file, see `interlude key`) instead of a new "
                     "one; its private half stays where it is");
  command.add_flag("--encrypt", options->encrypt, "Encrypt new offline keys with a pass phrase");
  command.add_option("--base-url", options->base_url,
                     "Where the public folder will be served: for links in the pages' feed");
  add_pass_phrase_options(command, options->pass_phrase);
  const auto days = [&](const std::string& flag, int& place, const std::string& what) {
    command.add_option(flag, place, "Days that " + what + " is valid")->capture_default_str();
  };
  days("--root-expires-days", options->root_days, "the root of trust");
  days("--targets-expires-days", options->targets_days, "each list of files");
  days("--snapshot-expires-days", options->snapshot_days, "the snapshot");
  days("--timestamp-expires-days", options->timestamp_days, "the timestamp");
  run.on_run(command, "interlude repo init /srv/improvements --source example",
             [&run, options] { return init(run, *options); });
}

}  // namespace

void define_repo(CLI::App& app, Invocation& run) {
  CLI::App& repo = *app.add_subcommand("repo", "Make and keep a repository of improvements");
  repo.require_subcommand(1);
  repo.footer("Example:\n  interlude repo init /srv/improvements");
  define_repo_init(repo, run);
  define_repo_status(repo, run);
  define_repo_refresh(repo, run);
  define_repo_keys(repo, run);
  define_repo_sign(repo, run);
  define_repo_copies(repo, run);
  define_repo_pages(repo, run);
}

}  // namespace interlude::cli
