#include "policy/policy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policy/keys.hpp"

namespace interlude::policy {
namespace {

constexpr std::uint64_t kLargestFile = 1ULL << 20U;

/// From the one that is hidden to the one that hides.
constexpr std::string_view kFolders[] = {"usr/lib/interlude/policy.d", "etc/interlude/policy.d"};

/// By name, what is read; empty where a link to /dev/null takes the file of that name away.
using Files = std::map<std::string, Path>;

Status add_files(Files& files, sys::FileSystem& disk, const Path& folder) {
  const auto names = disk.list(folder);
  if (!names && names.error().kind() == ErrorKind::NotFound) return {};
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (name.starts_with('.') || !name.ends_with(".toml")) continue;
    const Path file = join(folder, name);
    const auto link = disk.read_link(file);
    files[name] = link && *link == "/dev/null" ? Path() : file;
  }
  return {};
}

Status read_from_disk(Effective& effective, sys::FileSystem& disk, const Path& file) {
  const auto text = disk.read(file, kLargestFile);
  if (!text) return std::unexpected(text.error());
  return read_file(effective, as_text(*text), file);
}

/// Nobody knows what the unreadable part forbids: as if it forbade everything new.
void fail_closed(Effective& effective, const Error& error, const Path& place) {
  if (effective.policy.problem.empty()) effective.policy.problem = error.message();
  effective.policy.allow_removal = false;
  effective.policy.hold = {"*"};
  effective.local_users = LocalUsers::StatusOnly;
  for (const char* key : {"allow_removal", "hold", "local_users"}) {
    effective.origins[key] = {place, 0};
  }
}

Status refuse(const Effective& effective, std::string_view what, std::string_view key) {
  std::string why = effective.policy.problem;
  if (why.empty()) {
    const auto origin = effective.origins.find(key);
    why = std::string(key);
    if (origin != effective.origins.end()) why += ", " + origin->second.text();
  }
  return fail(ErrorKind::Denied, fmt::format("the policy of this device {} ({})", what, why));
}

}  // namespace

std::string Origin::text() const {
  return line == 0 ? file : fmt::format("{}:{}", file, line);
}

Status read_file(Effective& effective, std::string_view text, const Path& file) {
  const auto table = document::parse_table(text, file);
  if (!table) return std::unexpected(table.error());
  std::vector<std::string_view> known;
  for (const Key& key : keys()) known.push_back(key.name);
  if (const Status fine = table->only(known); !fine) return fine;
  Effective read = effective;
  for (const Key& key : keys()) {
    if (!table->has(key.name)) continue;
    if (const Status done = key.read(read, *table, key.name); !done) return done;
    read.origins[std::string(key.name)] = {file, table->line(key.name)};
  }
  effective = std::move(read);
  return {};
}

Effective load(sys::FileSystem& disk, const Path& root) {
  Effective effective;
  Files files;
  struct Problem {
    Error error;
    Path place;
  };
  std::vector<Problem> problems;
  for (const std::string_view name : kFolders) {
    const Path folder = join(root, name);
    if (const Status added = add_files(files, disk, folder); !added) {
      problems.push_back({added.error(), folder});
    }
  }
  for (const auto& [name, file] : files) {
    if (file.empty()) continue;
    if (const Status read = read_from_disk(effective, disk, file); !read) {
      problems.push_back({read.error(), file});
    }
  }
  // Last, so that no later file takes it back.
  for (const Problem& problem : problems) fail_closed(effective, problem.error, problem.place);
  return effective;
}

Status may_change(const Effective& effective) {
  if (effective.local_users == LocalUsers::Default) return {};
  return refuse(effective, "lets only root change anything", "local_users");
}

Status may_install(const Effective& effective) {
  if (effective.policy.allow_install) return may_change(effective);
  return refuse(effective, "forbids installing", "allow_install");
}

Status may_remove(const Effective& effective) {
  if (effective.policy.allow_removal) return may_change(effective);
  return refuse(effective, "lets only root remove", "allow_removal");
}

Status may_set_automatic(const Effective& effective) {
  if (effective.policy.automatic == rollout::Automatic::Allowed) return may_change(effective);
  return refuse(effective, "decides whether to install automatically", "automatic");
}

json::Value to_json(const Effective& effective) {
  json::Value values = json::Value::object();
  for (const Key& key : keys()) {
    json::Value& shown = values[std::string(key.name)];
    shown = {{"value", key.show(effective)}, {"file", nullptr}, {"line", nullptr}};
    const auto origin = effective.origins.find(key.name);
    if (origin == effective.origins.end()) continue;
    shown["file"] = origin->second.file;
    if (origin->second.line != 0) shown["line"] = origin->second.line;
  }
  return {{"policy", std::move(values)},
          {"problem", effective.policy.problem.empty() ? json::Value()
                                                       : json::Value(effective.policy.problem)}};
}

std::string to_text(const Effective& effective) {
  std::string text;
  for (const Key& key : keys()) {
    const json::Value value = key.show(effective);
    const auto origin = effective.origins.find(key.name);
    text += fmt::format("{:<44}# {}\n",
                        value.is_null() ? fmt::format("# {} is not set", key.name)
                                        : fmt::format("{} = {}", key.name, value.dump()),
                        origin == effective.origins.end() ? "default" : origin->second.text());
  }
  text.pop_back();
  return text;
}

}  // namespace interlude::policy
