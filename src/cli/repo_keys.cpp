// `interlude repo add-key`, `remove-key`, `rotate`: who signs what.

#include <fmt/format.h>

#include <memory>

#include "cli/repo_session.hpp"

namespace interlude::cli {
namespace {

struct KeyChangeOptions {
  Path directory;
  std::string role;
  std::string key_id;
  Path key_file;
  std::optional<std::uint64_t> threshold;
  std::string scheme = "ed25519";
  bool encrypt = false;
  PassPhraseOptions pass_phrase;
};

using Session = std::unique_ptr<RepoSession>;

// A new key, or the one of --key; from then on the session has it.
Result<json::Value> obtain(RepoSession& session, const KeyChangeOptions& options) {
  const Result<crypto::Scheme> scheme = crypto::scheme_named(options.scheme);
  if (!scheme) return std::unexpected(scheme.error());
  repository::KeyKind kind{*scheme, {}, interrupted};
  if (options.encrypt) {
    const Result<crypto::AskSecret> ask = prepare_for_secrets(options.pass_phrase);
    if (!ask) return std::unexpected(ask.error());
    Result<crypto::Secret> chosen =
        new_pass_phrase(options.pass_phrase, *ask, "pass phrase of the new key");
    if (!chosen) return std::unexpected(chosen.error());
    kind.pass_phrase = std::move(*chosen);
  }
  repository::KeyWish wish;
  if (!options.key_file.empty()) wish.key_files = {options.key_file};
  const Result<tuf::RoleKeys> obtained =
      repository::obtain_keys(session.disk, session.directory, options.role, wish, kind);
  if (!obtained) return std::unexpected(obtained.error());
  const Status read = session.read_keys();
  if (!read) return std::unexpected(read.error());
  return obtained->keys.front();
}

Status change(const Invocation& run, RepoSession& session, const std::string& role,
              const tuf::KeyChange& how) {
  const Result<tuf::Outcome> outcome = session.repository->change_keys({{role, how}});
  if (!outcome) return std::unexpected(outcome.error());
  print_outcome(run, session.directory, *outcome);
  if (!outcome->announced || run.json()) return {};
  for (const std::string& id : how.remove) {
    for (const auto& [known, entry] : session.keys->entries()) {
      if (!known.starts_with(id)) continue;
      run.note(
          fmt::format("{} is no longer a key of {}; where no other role has it, destroy its "
                      "private half and {}",
                      known, role, entry.file));
    }
  }
  return {};
}

Status add(const Invocation& run, const KeyChangeOptions& options) {
  const Result<Session> session = RepoSession::change(options.directory, options.pass_phrase);
  if (!session) return std::unexpected(session.error());
  const Result<tuf::RoleKeys> now = (*session)->repository->keys_of(options.role);
  if (!now) return std::unexpected(now.error());
  const Result<json::Value> key = obtain(**session, options);
  if (!key) return std::unexpected(key.error());
  return change(run, **session, options.role, {{*key}, {}, options.threshold});
}

Status remove_one(const Invocation& run, const KeyChangeOptions& options) {
  const Result<Session> session = RepoSession::change(options.directory, options.pass_phrase);
  if (!session) return std::unexpected(session.error());
  return change(run, **session, options.role, {{}, {options.key_id}, options.threshold});
}

Status rotate(const Invocation& run, const KeyChangeOptions& options) {
  const Result<Session> session = RepoSession::change(options.directory, options.pass_phrase);
  if (!session) return std::unexpected(session.error());
  const Result<tuf::RoleKeys> now = (*session)->repository->keys_of(options.role);
  if (!now) return std::unexpected(now.error());
  const std::vector<std::string> ids = now->ids();
  if (options.key_id.empty() && ids.size() != 1) {
    return fail(ErrorKind::Invalid, fmt::format("{} has {} keys: say with --out which one goes: {}",
                                                options.role, ids.size(), fmt::join(ids, ", ")));
  }
  const std::string out = options.key_id.empty() ? ids.front() : options.key_id;
  // Before a key is made for nothing.
  const Result<tuf::RoleKeys> possible =
      tuf::changed(*now, {{json::Value::object()}, {out}, options.threshold}, options.role);
  if (!possible) return std::unexpected(possible.error());
  const Result<json::Value> key = obtain(**session, options);
  if (!key) return std::unexpected(key.error());
  return change(run, **session, options.role, {{*key}, {out}, options.threshold});
}

CLI::App& subcommand(CLI::App& repo, Invocation& run, const std::string& name,
                     const std::string& description,
                     const std::shared_ptr<KeyChangeOptions>& options) {
  CLI::App& command = *repo.add_subcommand(name, description);
  command.add_option("DIR", options->directory, "The repository's folder")->required();
  command
      .add_option("ROLE", options->role,
                  "root, targets, snapshot, timestamp, platforms (every platform's list), rollout, "
                  "or one list")
      ->required();
  command.add_option("--threshold", options->threshold,
                     "How many keys of the role must sign from now on");
  add_pass_phrase_options(command, options->pass_phrase);
  run.add_json_option(command);
  return command;
}

void add_new_key_options(CLI::App& command, const std::shared_ptr<KeyChangeOptions>& options) {
  command.add_option("--key", options->key_file,
                     "Take this key (a key file, see `interlude key`) instead of a new one; its "
                     "private half stays where it is");
  command
      .add_option("--scheme", options->scheme,
                  "Of a new key: ed25519, ecdsa-sha2-nistp256 or rsassa-pss-sha256")
      ->capture_default_str();
  command.add_flag("--encrypt", options->encrypt, "Encrypt a new offline key with a pass phrase");
}

}  // namespace

void define_repo_keys(CLI::App& repo, Invocation& run) {
  const auto options = std::make_shared<KeyChangeOptions>();
  CLI::App& add_command = subcommand(repo, run, "add-key", "Let one more key sign a role", options);
  add_new_key_options(add_command, options);
  run.on_run(add_command, "interlude repo add-key /srv/improvements root --key carol.toml",
             [&run, options] { return add(run, *options); });

  CLI::App& remove_command =
      subcommand(repo, run, "remove-key", "Let a key no longer sign a role", options);
  remove_command.add_option("KEYID", options->key_id, "Its id, or how that begins")->required();
  run.on_run(remove_command, "interlude repo remove-key /srv/improvements root 3f5a --threshold 2",
             [&run, options] { return remove_one(run, *options); });

  CLI::App& rotate_command =
      subcommand(repo, run, "rotate", "Replace a key of a role by another", options);
  add_new_key_options(rotate_command, options);
  rotate_command.add_option("--out", options->key_id,
                            "Id of the key that goes, or how that begins, where the role has "
                            "several");
  run.on_run(rotate_command, "interlude repo rotate /srv/improvements timestamp",
             [&run, options] { return rotate(run, *options); });
}

}  // namespace interlude::cli
