#include "cli/repo_session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "json/json.hpp"

namespace interlude::cli {

Result<std::unique_ptr<RepoSession>> RepoSession::open(const Path& directory,
                                                       crypto::AskSecret ask) {
  auto session = std::make_unique<RepoSession>();
  session->directory = directory;
  session->ask_ = std::move(ask);
  Result<repository::Settings> settings = repository::read_settings(session->disk, directory);
  if (!settings) return std::unexpected(settings.error());
  session->settings = std::move(*settings);
  const Status read = session->read_keys();
  if (!read) return std::unexpected(read.error());
  return session;
}

Result<std::unique_ptr<RepoSession>> RepoSession::look(const Path& directory) {
  return open(directory, crypto::nobody_to_ask);
}

Result<std::unique_ptr<RepoSession>> RepoSession::change(const Path& directory,
                                                         const PassPhraseOptions& pass_phrase) {
  Result<crypto::AskSecret> ask = prepare_for_secrets(pass_phrase);
  if (!ask) return std::unexpected(ask.error());
  Result<std::unique_ptr<RepoSession>> session = open(directory, std::move(*ask));
  if (!session) return session;
  Result<sys::posix::LockFile> lock = sys::posix::LockFile::acquire(join(directory, "lock"));
  if (!lock) return std::unexpected(lock.error());
  (*session)->lock_.emplace(std::move(*lock));
  return session;
}

Status RepoSession::read_keys() {
  Result<std::unique_ptr<repository::KeyFolder>> read =
      repository::KeyFolder::read(disk, processes, ask_, directory);
  if (!read) return std::unexpected(read.error());
  keys = std::move(*read);
  repository.emplace(disk, clock, *keys, directory, settings.lifetimes);
  return {};
}

bool RepoSession::can_sign(const std::string& role) const {
  const Result<tuf::RoleKeys> of_role = repository->keys_of(role);
  if (!of_role) return false;
  const auto here =
      std::ranges::count_if(of_role->ids(), [&](const auto& id) { return keys->has(id); });
  return static_cast<std::uint64_t>(here) >= of_role->threshold;
}

nlohmann::json outcome_json(const tuf::Outcome& outcome) {
  json::Value files = json::Value::array();
  for (const tuf::Gathered& each : outcome.files) {
    files.push_back({{"role", each.role},
                     {"version", each.version},
                     {"threshold", each.signers.threshold},
                     {"required", each.required},
                     {"keys", each.signers.ids()},
                     {"signed_by", each.signed_ids}});
  }
  return {{"announced", outcome.announced}, {"files", std::move(files)}};
}

void print_outcome(const Invocation& run, const Path& directory, const tuf::Outcome& outcome) {
  if (run.json()) {
    run.print(outcome_json(outcome));
    return;
  }
  for (const tuf::Gathered& each : outcome.files) {
    run.print(fmt::format("{} version {}: {} of {} signatures{}", each.role, each.version,
                          each.signed_ids.size(), each.signers.threshold,
                          each.required ? "" : " of the keys before"));
  }
  if (outcome.announced) {
    run.print("announced");
    return;
  }
  run.print("staged, not public");
  run.note(
      fmt::format("Signatures are missing. Carry what is to be signed to the other keys: "
                  "interlude repo sign --export {} FILE",
                  directory));
}

}  // namespace interlude::cli
