// `interlude repo status`: roles, keys, expiry, what is staged and what is published.

#include <fmt/format.h>

#include <memory>

#include "cli/repo_session.hpp"
#include "json/json.hpp"
#include "repository/publication.hpp"
#include "repository/upkeep.hpp"

namespace interlude::cli {
namespace {

struct RepoStatusOptions {
  Path directory;
  bool check = false;
};

json::Value keys_json(const RepoSession& session, const tuf::RoleKeys& keys) {
  json::Value all = json::Value::array();
  for (const std::string& id : keys.ids()) {
    const auto entry = session.keys->entries().find(id);
    const bool known = entry != session.keys->entries().end();
    all.push_back({{"keyid", id},
                   {"here", session.keys->has(id)},
                   {"file", known ? json::Value(entry->second.file) : json::Value()}});
  }
  return all;
}

json::Value role_json(const RepoSession& session, const repository::Age& age,
                      const tuf::Contents& contents) {
  const auto days = std::chrono::floor<std::chrono::days>(age.left);
  json::Value role = {
      {"name", age.role},          {"version", age.version}, {"expires", sys::to_text(age.expires)},
      {"days_left", days.count()}, {"due", age.due},         {"late", age.late},
      {"bytes", age.bytes}};
  const Result<tuf::RoleKeys> keys = session.repository->keys_of(age.role);
  if (keys) {
    role["threshold"] = keys->threshold;
    role["keys"] = keys_json(session, *keys);
  }
  const auto list = contents.lists.find(age.role);
  if (list == contents.lists.end()) return role;
  role["targets"] = list->second->targets.size();
  if (list->second->extra.contains("rollout")) {
    role["rollout"] = list->second->extra.at("rollout");
  }
  return role;
}

json::Value warnings(const std::vector<repository::Age>& ages) {
  json::Value all = json::Value::array();
  for (const repository::Age& age : ages) {
    if (!age.late) continue;
    const auto days = std::chrono::floor<std::chrono::days>(age.left).count();
    all.push_back(age.left.count() < 0
                      ? fmt::format("{} expired at {}", age.role, sys::to_text(age.expires))
                      : fmt::format("{} expires in {} days", age.role, days));
  }
  return all;
}

Result<json::Value> status_json(RepoSession& session) {
  const Result<std::optional<tuf::Outcome>> staged = session.repository->staged();
  if (!staged) return std::unexpected(staged.error());
  json::Value status = {{"source", session.settings.source},
                        {"created", sys::to_text(session.settings.created)},
                        {"staged", *staged ? outcome_json(**staged) : json::Value()}};
  const Result<Path> root = session.repository->trusted_root();
  if (!root) return std::unexpected(root.error());
  const Result<Path> absolute = session.disk.resolve(*root);
  if (!absolute) return std::unexpected(absolute.error());
  const Result<tuf::Contents> contents = session.repository->contents();
  if (!contents) return std::unexpected(contents.error());
  const std::vector<repository::Age> ages =
      repository::ages(*contents, session.clock.now(), session.settings.lifetimes);
  json::Value roles = json::Value::array();
  for (const repository::Age& age : ages) roles.push_back(role_json(session, age, *contents));
  std::size_t targets = contents->targets->targets.size();
  for (const auto& [name, list] : contents->lists) targets += list->targets.size();
  json::Value improvements = json::Value::array();
  for (const improvement::Id& id : repository::published_ids(*contents)) {
    improvements.push_back(id.text());
  }
  status["trusted_root"] = *absolute;
  status["roles"] = std::move(roles);
  status["targets"] = targets;
  status["improvements"] = std::move(improvements);
  status["warnings"] = warnings(ages);
  return status;
}

void print_role(const Invocation& run, const json::Value& role) {
  const json::Value keys = role.value("keys", json::Value::array());
  run.print(
      fmt::format("{:<36} {:>7} {:>22} {:>9} {:>8}  {} of {}", role.at("name").get<std::string>(),
                  role.at("version").get<std::uint64_t>(), role.at("expires").get<std::string>(),
                  role.at("days_left").get<std::int64_t>(), role.at("bytes").get<std::uint64_t>(),
                  role.value("threshold", std::uint64_t{0}), keys.size()));
  for (const json::Value& key : keys) {
    run.print(fmt::format("  {} {}", key.at("keyid").get<std::string>(),
                          key.at("here").get<bool>() ? "here" : "elsewhere"));
  }
}

void print_status(const Invocation& run, const json::Value& status) {
  run.print(fmt::format("source {}, made {}", status.at("source").get<std::string>(),
                        status.at("created").get<std::string>()));
  run.print("trusted root: " + status.at("trusted_root").get<std::string>());
  run.print(fmt::format("{:<36} {:>7} {:>22} {:>9} {:>8}  {}", "role", "version", "expires",
                        "days left", "bytes", "signatures"));
  for (const json::Value& role : status.at("roles")) print_role(run, role);
  const json::Value& improvements = status.at("improvements");
  run.print(fmt::format("improvements: {}, files: {}", improvements.size(),
                        status.at("targets").get<std::uint64_t>()));
  for (const json::Value& id : improvements) run.print("  " + id.get<std::string>());
  if (!status.at("staged").is_null()) {
    run.print("staged, waiting for signatures:");
    for (const json::Value& file : status.at("staged").at("files")) {
      run.print(fmt::format("  {} version {}: {} of {}", file.at("role").get<std::string>(),
                            file.at("version").get<std::uint64_t>(), file.at("signed_by").size(),
                            file.at("threshold").get<std::uint64_t>()));
    }
  }
}

Status status(const Invocation& run, const RepoStatusOptions& options) {
  const auto session = RepoSession::look(options.directory);
  if (!session) return std::unexpected(session.error());
  const Result<json::Value> document = status_json(**session);
  if (!document) return std::unexpected(document.error());
  const auto late = document->at("warnings").get<std::vector<std::string>>();
  if (options.check && !late.empty()) {
    return fail(ErrorKind::Untrusted, fmt::format("{}", fmt::join(late, "; ")));
  }
  if (run.json()) {
    run.print(*document);
    return {};
  }
  print_status(run, *document);
  for (const std::string& each : late) run.note("warning: " + each);
  return {};
}

}  // namespace

void define_repo_status(CLI::App& repo, Invocation& run) {
  const auto options = std::make_shared<RepoStatusOptions>();
  CLI::App& command =
      *repo.add_subcommand("status", "Show roles, keys, expiry and what is published");
  command.add_option("DIR", options->directory, "The repository's folder")->required();
  command.add_flag("--check", options->check,
                   "Fail (exit code 5) where something expires soon: for monitoring");
  run.add_json_option(command);
  run.on_run(command, "interlude repo status /srv/improvements --json",
             [&run, options] { return status(run, *options); });
}

}  // namespace interlude::cli
