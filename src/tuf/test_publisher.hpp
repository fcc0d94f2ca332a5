#pragma once
// A publisher for the tests of this folder: every role as a value that a test can spoil before it
// is signed and served.

#include <map>
#include <string>
#include <vector>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "crypto/private_key.hpp"
#include "tuf/signing.hpp"
#include "tuf/store.hpp"

namespace interlude::tuf {

inline const std::string kUrl = "http://mirror";
inline const Path kDirectory = "/metadata";  ///< of the client
inline const sys::Time kNow = sys::Time(std::chrono::seconds(1'800'000'000));
inline constexpr std::chrono::hours kDay{24};

/// A file signed by all of `keys`.
inline Bytes signed_by(const json::Value& content, const std::vector<crypto::PrivateKey>& keys) {
  std::vector<const crypto::Signer*> signers;
  for (const crypto::PrivateKey& key : keys) signers.push_back(&key);
  return *signed_file(content, signers);
}

class TestPublisher {
 public:
  std::map<std::string, json::Value> roles;        ///< signed parts by role
  std::map<std::string, crypto::PrivateKey> keys;  ///< by role
  bool announce_hashes = true;

  TestPublisher() {
    for (const char* role : {"root", "timestamp", "snapshot", "targets"}) add_key(role);
    roles["root"] = common("root");
    roles["root"]["expires"] = sys::to_text(kNow + 365 * kDay);
    roles["root"]["consistent_snapshot"] = true;
    for (const auto& [role, key] : keys) {
      roles["root"]["keys"][key_id(key)] = key_value(key);
      roles["root"]["roles"][role] = signers({key});
    }
    roles["targets"] = list();
    roles["snapshot"] = common("snapshot");
    roles["snapshot"]["meta"] = json::Value::object();
    roles["timestamp"] = common("timestamp");
  }

  static json::Value common(const std::string& type) {
    return {{"_type", type},
            {"spec_version", kSpecification},
            {"version", 1},
            {"expires", sys::to_text(kNow + 30 * kDay)}};
  }

  static json::Value list() {
    json::Value list = common("targets");
    list["targets"] = json::Value::object();
    return list;
  }

  static json::Value signers(const std::vector<crypto::PrivateKey>& keys,
                             std::uint64_t threshold = 1) {
    json::Value ids = json::Value::array();
    for (const crypto::PrivateKey& key : keys) ids.push_back(key_id(key));
    return {{"keyids", ids}, {"threshold", threshold}};
  }

  /// A target's entry; `content` is what the target is.
  static json::Value target(std::string_view content) {
    return {{"length", content.size()},
            {"hashes", {{"sha256", crypto::sha256(as_bytes(content)).hex()}}}};
  }

  void add_key(const std::string& role) {
    keys.insert_or_assign(role, crypto::PrivateKey::generate());
  }

  /// `from` gets a delegation to the role `name` (made if it is new).
  json::Value& delegate(const std::string& from, const std::string& name,
                        const std::vector<std::string>& paths, bool terminating = false) {
    if (!keys.contains(name)) add_key(name);
    if (!roles.contains(name)) roles[name] = list();
    json::Value& delegations = roles[from]["delegations"];
    delegations["keys"][key_id(keys.at(name))] = key_value(keys.at(name));
    json::Value entry = signers({keys.at(name)});
    entry["name"] = name;
    entry["terminating"] = terminating;
    entry["paths"] = paths;
    delegations["roles"].push_back(entry);
    return delegations["roles"].back();
  }

  void bump(const std::string& role) { roles[role]["version"] = version_of(role) + 1; }

  std::uint64_t version_of(const std::string& role) const {
    return roles.at(role).at("version").get<std::uint64_t>();
  }

  Bytes file(const std::string& role) const { return signed_by(roles.at(role), {keys.at(role)}); }

  static std::string metadata_url(const std::string& file, const std::string& url = kUrl) {
    return url + "/metadata/" + file;
  }
  std::string url_of(const std::string& role, const std::string& url = kUrl) const {
    const bool versioned = role == "root" || roles.at("root").value("consistent_snapshot", false);
    const std::string file = file_name_of_role(role);
    if (role == "timestamp" || !versioned) return metadata_url(file, url);
    return metadata_url(std::to_string(version_of(role)) + "." + file, url);
  }

  /// Signs everything and puts it where clients look; the snapshot and the timestamp say what there
  /// is. New versions of both, unless it is the first time.
  void publish(auto& transport, const std::string& url = kUrl) {
    if (published_) bump("snapshot");
    if (published_) bump("timestamp");
    published_ = true;
    for (const auto& [role, content] : roles) {
      if (role == "root" || role == "timestamp" || role == "snapshot") continue;
      roles["snapshot"]["meta"][role + ".json"] = meta(role);
      transport.put(url_of(role, url), file(role));
    }
    transport.put(url_of("root", url), file("root"));
    serve_snapshot(transport, url);
  }

  /// The snapshot and the timestamp as they are.
  void serve_snapshot(auto& transport, const std::string& url = kUrl) {
    roles["timestamp"]["meta"]["snapshot.json"] = meta("snapshot");
    transport.put(url_of("snapshot", url), file("snapshot"));
    serve_timestamp(transport, url);
  }

  void serve_timestamp(auto& transport, const std::string& url = kUrl) {
    transport.put(url_of("timestamp", url), file("timestamp"));
  }

  /// The next root, signed by `signing` (the old root's key and the new one's).
  void serve_root(auto& transport, const std::vector<crypto::PrivateKey>& signing,
                  const std::string& url = kUrl) {
    transport.put(url_of("root", url), signed_by(roles["root"], signing));
  }

  void replace_key(const std::string& role) {
    add_key(role);
    roles["root"]["keys"][key_id(keys.at(role))] = key_value(keys.at(role));
    roles["root"]["roles"][role] = signers({keys.at(role)});
  }

 private:
  json::Value meta(const std::string& role) const {
    json::Value value = {{"version", version_of(role)}};
    if (!announce_hashes) return value;
    const Bytes raw = file(role);
    value["length"] = raw.size();
    value["hashes"] = {{"sha256", crypto::sha256(raw).hex()}};
    return value;
  }

  bool published_ = false;
};

}  // namespace interlude::tuf
