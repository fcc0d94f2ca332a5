#include "tuf/role_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace interlude::tuf {
namespace {

// As both a root's roles and delegations have it.
RoleKeys keys_of(const json::Value& entry, const json::Value& all) {
  RoleKeys keys;
  for (const json::Value& id : entry.at("keyids"))
    keys.keys.push_back(all.at(id.get<std::string>()));
  keys.threshold = entry.at("threshold").get<std::uint64_t>();
  return keys;
}

void write_keys(const RoleKeys& keys, json::Value& entry, json::Value& all) {
  entry["keyids"] = keys.ids();
  entry["threshold"] = keys.threshold;
  for (const json::Value& key : keys.keys) all[key_id_of(key)] = key;
}

// `roles`: everything with "keyids", an object's or array's elements.
void drop_unused(json::Value& all, const json::Value& roles) {
  std::set<std::string> used;
  for (const json::Value& role : roles) {
    for (const json::Value& id : role.at("keyids")) used.insert(id.get<std::string>());
  }
  json::Value kept = json::Value::object();
  for (const auto& [id, key] : all.items()) {
    if (used.contains(id)) kept[id] = key;
  }
  all = std::move(kept);
}

template <class Json>
Json* find_delegation(Json& targets, const std::string& role) {
  if (!targets.contains("delegations")) return nullptr;
  for (auto& entry : targets.at("delegations").at("roles")) {
    if (entry.at("name") == role) return &entry;
  }
  return nullptr;
}

Status remove_key(RoleKeys& keys, const std::string& beginning, const std::string& role) {
  const auto fits = [&](const json::Value& key) { return key_id_of(key).starts_with(beginning); };
  const auto count = std::ranges::count_if(keys.keys, fits);
  if (count == 0 || beginning.empty()) {
    return fail(ErrorKind::NotFound, fmt::format("{} has no key \"{}\"; its keys are {}", role,
                                                 beginning, fmt::join(keys.ids(), ", ")));
  }
  if (count > 1) {
    return fail(ErrorKind::Invalid,
                fmt::format("{} has {} keys that begin with \"{}\": give more of the id", role,
                            count, beginning));
  }
  std::erase_if(keys.keys, fits);
  return {};
}

}  // namespace

std::vector<std::string> RoleKeys::ids() const {
  std::vector<std::string> all;
  for (const json::Value& key : keys) all.push_back(key_id_of(key));
  return all;
}

Result<RoleKeys> changed(RoleKeys now, const KeyChange& change, const std::string& role) {
  for (const std::string& id : change.remove) {
    const Status removed = remove_key(now, id, role);
    if (!removed) return std::unexpected(removed.error());
  }
  for (const json::Value& key : change.add) {
    if (std::ranges::find(now.keys, key) != now.keys.end()) {
      return fail(ErrorKind::Conflict,
                  fmt::format("{} has the key {} already", role, key_id_of(key)));
    }
    now.keys.push_back(key);
  }
  if (change.threshold) now.threshold = *change.threshold;
  if (now.threshold == 0 || now.threshold > now.keys.size()) {
    return fail(ErrorKind::Invalid,
                fmt::format("{} would have {} keys, of which {} must sign; --threshold sets how "
                            "many must",
                            role, now.keys.size(), now.threshold));
  }
  return now;
}

RoleKeys root_keys(const json::Value& root, const std::string& role) {
  return keys_of(root.at("roles").at(role), root.at("keys"));
}

void set_root_keys(json::Value& root, const std::string& role, const RoleKeys& keys) {
  write_keys(keys, root["roles"][role], root["keys"]);
  drop_unused(root["keys"], root["roles"]);
}

std::optional<RoleKeys> delegated_keys(const json::Value& targets, const std::string& role) {
  const json::Value* entry = find_delegation(targets, role);
  if (entry == nullptr) return std::nullopt;
  return keys_of(*entry, targets.at("delegations").at("keys"));
}

void set_delegated_keys(json::Value& targets, const std::string& role, const RoleKeys& keys) {
  json::Value& delegations = targets["delegations"];
  write_keys(keys, *find_delegation(targets, role), delegations["keys"]);
  drop_unused(delegations["keys"], delegations["roles"]);
}

void delegate(json::Value& targets, const std::string& role, const std::string& pattern,
              const RoleKeys& keys) {
  json::Value& delegations = targets["delegations"];
  if (delegations.is_null()) {
    delegations = {{"keys", json::Value::object()}, {"roles", json::Value::array()}};
  }
  json::Value entry = {
      {"name", role}, {"paths", json::Value::array({pattern})}, {"terminating", true}};
  write_keys(keys, entry, delegations["keys"]);
  delegations["roles"].push_back(std::move(entry));
}

json::Value to_json(const RoleKeys& keys) {
  json::Value value = {{"keys", json::Value::object()}};
  write_keys(keys, value, value["keys"]);
  return value;
}

Result<RoleKeys> role_keys_from(const json::Reader& object) {
  const Result<std::vector<std::string>> ids = object.texts("keyids");
  if (!ids) return std::unexpected(ids.error());
  const Result<std::uint64_t> threshold = object.number("threshold");
  if (!threshold) return std::unexpected(threshold.error());
  const Result<json::Reader> all = object.member("keys");
  if (!all) return std::unexpected(all.error());
  RoleKeys keys{{}, *threshold};
  for (const std::string& id : *ids) {
    const Result<json::Reader> key = all->member(id);
    if (!key) return std::unexpected(key.error());
    if (key_id_of(key->value()) != id) {
      return std::unexpected(key->error("the key id is not the hash of this key"));
    }
    keys.keys.push_back(key->value());
  }
  return keys;
}

}  // namespace interlude::tuf
