#include "client/world.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/digest.hpp"
#include "crypto/private_key.hpp"
#include "tuf/metadata.hpp"
#include "tuf/signing.hpp"

namespace interlude::fuzz {
namespace {

using json::Value;
using Names = std::vector<std::string>;

struct Trust {
  Names keys;
  std::uint64_t threshold = 1;
};

// Whom the delegator of a role names, in the time of each root.
using Trusts = std::map<std::string, Trust>;

const Trusts& trusts_of(std::uint64_t root_version) {
  static const std::array<Trusts, 3> all = {{
      {{"root", {{"root1"}}},
       {"timestamp", {{"timestamp1"}}},
       {"snapshot", {{"snapshot1"}}},
       {"targets", {{"targets1"}}}},
      {{"root", {{"root1"}}},
       {"timestamp", {{"timestamp2"}}},
       {"snapshot", {{"snapshot2"}}},
       {"targets", {{"targets1"}}}},
      {{"root", {{"root2", "root3", "root4"}, 2}},
       {"timestamp", {{"timestamp3"}}},
       {"snapshot", {{"snapshot3"}}},
       {"targets", {{"targets2"}}}},
  }};
  return all[root_version - 1];
}

const Trusts& delegated_trusts() {
  static const Trusts all = {{"p", {{"p"}}}, {"q", {{"q"}}}, {"r", {{"r1", "r2", "r3"}, 2}}};
  return all;
}

const crypto::PrivateKey& key_named(const std::string& name) {
  static std::map<std::string, crypto::PrivateKey> made;
  const auto found = made.find(name);
  if (found != made.end()) return found->second;
  const crypto::Sha256 seed = crypto::sha256(as_bytes(name));
  return made.emplace(name, *crypto::PrivateKey::from_seed(seed.bytes)).first->second;
}

Value common(const std::string& type, std::uint64_t version, sys::Time expires) {
  return {{"_type", type},
          {"spec_version", tuf::kSpecification},
          {"version", version},
          {"expires", sys::to_text(expires)}};
}

Value trust_value(const Trust& trust) {
  Value ids = Value::array();
  for (const std::string& name : trust.keys) ids.push_back(tuf::key_id(key_named(name)));
  return {{"keyids", ids}, {"threshold", trust.threshold}};
}

void add_keys(Value& keys, const Trust& trust) {
  for (const std::string& name : trust.keys) {
    const crypto::PrivateKey& key = key_named(name);
    keys[tuf::key_id(key)] = tuf::key_value(key);
  }
}

void delegate(Value& list, const std::string& role, const Value& patterns) {
  const Trust& trust = delegated_trusts().at(role);
  add_keys(list["delegations"]["keys"], trust);
  Value entry = trust_value(trust);
  entry.update(patterns);
  entry["name"] = role;
  entry["terminating"] = role == "r";
  list["delegations"]["roles"].push_back(entry);
}

Value target_value(const Bytes& content) {
  return {{"length", content.size()}, {"hashes", {{"sha256", crypto::sha256(content).hex()}}}};
}

std::string path_of(const std::string& role) {
  if (role == "targets") return "top";
  return role == "p" ? "p/a" : (role == "q" ? "q/b" : "r/c");
}

Bytes content_of(const std::string& path, std::uint64_t version) {
  std::string text;
  for (std::uint64_t i = 0; i < 3 + version; ++i) text += fmt::format("{} {}\n", path, version);
  return to_bytes(text);
}

constexpr std::uint64_t kFarAhead = 1000;

}  // namespace

const World& World::get() {
  static const World world;
  return world;
}

World::World() : foreign_(to_bytes("content that nobody may introduce\n")) {
  for (const std::string& path : kPaths) {
    for (std::uint64_t version = 1; path != "none/x" && version <= 4; ++version) {
      contents_[path].push_back(content_of(path, version));
    }
  }
  add_moments();
  add_stolen_online_keys();
  add_wrong_signers();
  add_expired();
}

std::size_t World::add(const std::string& role, const Value& content, const Names& keys) {
  std::vector<const crypto::Signer*> signing;
  for (const std::string& name : keys) signing.push_back(&key_named(name));
  files_.push_back({role, content.at("version").get<std::uint64_t>(),
                    std::set<std::string>(keys.begin(), keys.end()),
                    *tuf::signed_file(content, signing), json::canonical(content)});
  by_content_.emplace(files_.back().content, files_.size() - 1);
  return files_.size() - 1;
}

std::size_t World::add_root(std::uint64_t era, std::uint64_t version, const Names& keys) {
  Value root = common("root", version, kNow + 365 * kDay);
  root["x-signed-by"] = keys;  // no two roots have the same content
  root["consistent_snapshot"] = era != 2;
  for (const auto& [role, trust] : trusts_of(era)) {
    add_keys(root["keys"], trust);
    root["roles"][role] = trust_value(trust);
  }
  return add("root", root, keys);
}

// An honest list: its target is that of its version.
Value World::list(const std::string& role, std::uint64_t version) const {
  Value list = common("targets", version, kNow + 30 * kDay);
  list["role_name"] = role;
  const std::string path = path_of(role);
  list["targets"][path] = target_value(contents(path).at(version - 1));
  if (role == "targets") {
    const std::string digest = crypto::sha256(as_bytes("r/c")).hex();
    delegate(list, "p", {{"paths", {"p/*", "q/*"}}});
    delegate(list, "r", {{"path_hash_prefixes", {digest.substr(0, 2)}}});
  }
  if (role == "p") delegate(list, "q", {{"paths", {"q/*"}}});
  return list;
}

Value World::meta_of(std::size_t file, bool with_hashes) const {
  const File& named = files_[file];
  Value meta = {{"version", named.version}};
  if (!with_hashes) return meta;
  meta["length"] = named.raw.size();
  meta["hashes"] = {{"sha256", crypto::sha256(named.raw).hex()}};
  return meta;
}

std::size_t World::publish(const std::string& role, std::uint64_t version, const Names& keys) {
  const auto found = published_.find({role, version});
  if (found != published_.end()) return found->second;
  return published_[{role, version}] = add(role, list(role, version), keys);
}

void World::add_moments() {
  published_[{"root", 1}] = add_root(1, 1, {"root1"});
  published_[{"root", 2}] = add_root(2, 2, {"root1"});
  published_[{"root", 3}] = add_root(3, 3, {"root1", "root2", "root3"});
  struct Plan {
    std::uint64_t root, snapshot, targets, p, q, r;
  };
  constexpr std::array<Plan, 6> plans = {{{1, 1, 1, 1, 1, 1},
                                          {1, 2, 1, 2, 1, 1},
                                          {1, 2, 1, 2, 1, 1},
                                          {2, 3, 2, 2, 2, 1},
                                          {3, 4, 3, 3, 2, 2},
                                          {3, 5, 3, 4, 3, 2}}};
  for (const Plan& plan : plans) {
    const Trusts& trusts = trusts_of(plan.root);
    const bool with_hashes = plan.root > 1;
    Moment moment;
    moment["root"] = published_.at({"root", plan.root});
    moment["targets"] = publish("targets", plan.targets, trusts.at("targets").keys);
    moment["p"] = publish("p", plan.p, {"p"});
    moment["q"] = publish("q", plan.q, {"q"});
    moment["r"] = publish("r", plan.r, {"r1", "r3"});
    const auto known = published_.find({"snapshot", plan.snapshot});
    if (known == published_.end()) {
      Value snapshot = common("snapshot", plan.snapshot, kNow + 30 * kDay);
      for (const char* role : {"targets", "p", "q", "r"}) {
        snapshot["meta"][std::string(role) + ".json"] = meta_of(moment[role], with_hashes);
      }
      published_[{"snapshot", plan.snapshot}] =
          add("snapshot", snapshot, trusts.at("snapshot").keys);
    }
    moment["snapshot"] = published_.at({"snapshot", plan.snapshot});
    Value timestamp = common("timestamp", moments_.size() + 1, kNow + 30 * kDay);
    timestamp["meta"]["snapshot.json"] = meta_of(moment["snapshot"], with_hashes);
    moment["timestamp"] = published_[{"timestamp", moments_.size() + 1}] =
        add("timestamp", timestamp, trusts.at("timestamp").keys);
    moments_.push_back(moment);
  }
}

// Fast-forward, rollback, mix-and-match, a list left out: all that an online key can say.
void World::add_stolen_online_keys() {
  for (const char* era : {"1", "2"}) {
    const Names timestamp_key = {std::string("timestamp") + era};
    const Names snapshot_key = {std::string("snapshot") + era};
    const auto announce = [&](std::uint64_t version, std::uint64_t snapshot_version) {
      Value timestamp = common("timestamp", version, kNow + 20 * kDay);
      timestamp["x-signed-by"] = timestamp_key;
      timestamp["meta"]["snapshot.json"] = {{"version", snapshot_version}};
      add("timestamp", timestamp, timestamp_key);
    };
    announce(kFarAhead, kFarAhead);
    announce(3, 1);
    announce(4, 3);
    announce(5, kFarAhead);
    const auto state = [&](std::uint64_t version, const std::map<std::string, std::uint64_t>& of) {
      Value snapshot = common("snapshot", version, kNow + 20 * kDay);
      snapshot["x-signed-by"] = snapshot_key;
      for (const auto& [role, listed] : of) snapshot["meta"][role + ".json"]["version"] = listed;
      add("snapshot", snapshot, snapshot_key);
    };
    state(kFarAhead, {{"targets", kFarAhead}, {"p", kFarAhead}, {"q", 9}, {"r", 9}});
    state(kFarAhead, {{"targets", 1}, {"p", 1}, {"q", 1}, {"r", 1}});
    state(3, {{"targets", 1}, {"q", 2}, {"r", 1}});
    state(3, {{"targets", 2}, {"p", 1}, {"q", 1}, {"r", 1}});
  }
}

// Lists of foreign content by everybody who may not make them (of the keys of "r", of which two
// must sign, one is stolen, too), and roots that too few signed.
void World::add_wrong_signers() {
  const Names stolen = {"timestamp1", "snapshot1", "timestamp2", "snapshot2", "r2", "stranger"};
  for (const char* role : {"targets", "p", "q", "r"}) {
    for (const std::uint64_t version : {std::uint64_t{1}, std::uint64_t{2}, kFarAhead}) {
      Value list = common("targets", version, kNow + 30 * kDay);
      list["targets"][path_of(role)] = target_value(foreign_);
      add(role, list, stolen);
    }
  }
  add_root(2, 2, {"stranger"});
  add_root(2, 2, {"timestamp1", "snapshot1", "targets1", "p"});
  add_root(3, 3, {"root1"});
  add_root(3, 3, {"root1", "root2"});
  add_root(3, 3, {"root2", "root3"});
  add_root(3, 2, {"root1", "root2"});
}

void World::add_expired() {
  // No newer than the honest ones: where the clock is set back it is as good as they are.
  Value timestamp = common("timestamp", 5, kNow - kDay);
  timestamp["meta"]["snapshot.json"] = {{"version", 5}};
  add("timestamp", timestamp, {"timestamp3"});
  Value snapshot = common("snapshot", 5, kNow - kDay);
  for (const char* role : {"targets", "p", "q", "r"}) {
    snapshot["meta"][std::string(role) + ".json"] = {{"version", 3}};
  }
  add("snapshot", snapshot, {"snapshot3"});
  Value targets = list("targets", 2);
  targets["expires"] = sys::to_text(kNow - kDay);
  add("targets", targets, {"targets1"});
}

const File* World::published(const std::string& role, std::uint64_t version) const {
  const auto found = published_.find({role, version});
  return found == published_.end() ? nullptr : &files_[found->second];
}

const Bytes* World::content_at(const Moment& moment, const std::string& path) const {
  for (const char* role : {"targets", "p", "q", "r"}) {
    if (path_of(role) == path) {
      return &contents(path).at(files_[moment.at(role)].version - 1);
    }
  }
  return nullptr;
}

const File* World::trusted(const std::string& role, const std::string& content,
                           std::uint64_t root_version) const {
  const Trusts& top = trusts_of(root_version);
  const auto own = top.find(role);
  const Trust& trust = own == top.end() ? delegated_trusts().at(role) : own->second;
  const auto [begin, end] = by_content_.equal_range(content);
  for (auto it = begin; it != end; ++it) {
    const File& file = files_[it->second];
    const auto signs = [&](const std::string& name) { return file.signers.contains(name); };
    const auto signers = std::ranges::count_if(trust.keys, signs);
    if (file.role == role && static_cast<std::uint64_t>(signers) >= trust.threshold) return &file;
  }
  return nullptr;
}

}  // namespace interlude::fuzz
