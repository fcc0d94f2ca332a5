// The "signed" parts, field by field (specification 4.3 to 4.6).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/hex.hpp"
#include "tuf/metadata.hpp"

namespace interlude::tuf {
namespace {

using json::Reader;
using Keys = std::map<std::string, crypto::PublicKey>;

constexpr std::uint64_t kMostBits = 32;
constexpr std::array<std::string_view, 4> kTopLevel = {"root", "timestamp", "snapshot", "targets"};
constexpr std::array<std::string_view, 6> kKnownOfTargets = {
    "_type", "spec_version", "version", "expires", "targets", "delegations"};

// What every role has.
struct Common {
  std::uint64_t version = 0;
  sys::Time expires;
};

Result<std::uint64_t> at_least_one(const Reader& object, std::string_view member) {
  const Result<std::uint64_t> value = object.number(member);
  // check: at-least-one
  if (value && *value == 0) {
    return std::unexpected(object.error(fmt::format("\"{}\" must be at least 1", member)));
  }
  return value;
}

Result<Common> common_of(const Reader& content, std::string_view type) {
  const Result<std::string> found_type = content.text("_type");
  if (!found_type) return std::unexpected(found_type.error());
  // check: role-type
  if (*found_type != type) {
    return std::unexpected(
        content.error(fmt::format("\"_type\" is \"{}\", expected \"{}\"", *found_type, type)));
  }
  const Result<std::string> specification = content.text("spec_version");
  if (!specification) return std::unexpected(specification.error());
  // check: specification-version
  if (!specification->starts_with("1.")) {
    return std::unexpected(content.error(fmt::format(
        "\"spec_version\" is \"{}\", this program knows version 1 only", *specification)));
  }
  const Result<std::uint64_t> version = at_least_one(content, "version");
  if (!version) return std::unexpected(version.error());
  const Result<std::string> text = content.text("expires");
  if (!text) return std::unexpected(text.error());
  const Result<sys::Time> expires = sys::parse_time(*text);
  if (!expires) return std::unexpected(content.error("\"expires\": " + expires.error().message()));
  return Common{*version, *expires};
}

// 4.2.2; "ecdsa-sha2-nistp256" as a key type is what old metadata has.
bool is_key_type(std::string_view type, crypto::Scheme scheme) {
  switch (scheme) {
    case crypto::Scheme::Ed25519:
      return type == "ed25519";
    case crypto::Scheme::EcdsaP256Sha256:
      return type == "ecdsa" || type == "ecdsa-sha2-nistp256";
    case crypto::Scheme::RsaPssSha256:
      return type == "rsa";
  }
  return false;
}

// Fails where the scheme is known but the key is not one, or too weak.
Result<std::optional<crypto::PublicKey>> key_of(const Reader& key) {
  const Result<std::string> type = key.text("keytype");
  if (!type) return std::unexpected(type.error());
  const Result<std::string> scheme = key.text("scheme");
  if (!scheme) return std::unexpected(scheme.error());
  const Result<Reader> value = key.member("keyval");
  if (!value) return std::unexpected(value.error());
  const Result<std::string> text = value->text("public");
  if (!text) return std::unexpected(text.error());

  const Result<crypto::Scheme> known = crypto::scheme_named(*scheme);
  if (!known || !is_key_type(*type, *known)) return std::optional<crypto::PublicKey>();
  Result<crypto::PublicKey> made = crypto::PublicKey::parse(*known, *text);
  if (!made) return std::unexpected(key.error(made.error().message()));
  return std::optional<crypto::PublicKey>(std::move(*made));
}

// The keys of an object {KEYID: KEY}, without those of a kind that is not known.
Result<Keys> keys_of(const Reader& object) {
  const Result<Reader> list = object.member("keys");
  if (!list) return std::unexpected(list.error());
  const auto members = list->members();
  if (!members) return std::unexpected(members.error());
  Keys keys;
  for (const auto& [id, reader] : *members) {
    // check: key-id
    if (key_id_of(reader.value()) != id) {
      return std::unexpected(reader.error("the key id is not the hash of this key"));
    }
    const Result<std::optional<crypto::PublicKey>> key = key_of(reader);
    if (!key) return std::unexpected(key.error());
    if (*key) keys.emplace(id, **key);
  }
  return keys;
}

// {"keyids":[…],"threshold":n}
Result<Signers> signers_of(const Reader& role, const Keys& keys) {
  const Result<Reader> list = role.member("keyids");
  if (!list) return std::unexpected(list.error());
  const Result<std::vector<std::string>> ids = role.texts("keyids");
  if (!ids) return std::unexpected(ids.error());
  const Result<std::uint64_t> threshold = at_least_one(role, "threshold");
  if (!threshold) return std::unexpected(threshold.error());
  // check: key-ids-once
  if (std::set<std::string>(ids->begin(), ids->end()).size() != ids->size()) {
    return std::unexpected(list->error("a key id stands twice"));
  }
  Signers signers;
  signers.threshold = *threshold;
  for (const std::string& id : *ids) {
    const auto found = keys.find(id);
    if (found != keys.end()) signers.keys.insert(*found);
  }
  return signers;
}

Result<std::map<std::string, std::string>> hashes_of(const Reader& object) {
  const Result<Reader> list = object.member("hashes");
  if (!list) return std::unexpected(list.error());
  const auto members = list->members();
  if (!members) return std::unexpected(members.error());
  std::map<std::string, std::string> hashes;
  for (const auto& [algorithm, reader] : *members) {
    Result<std::string> digits = reader.text();
    if (!digits) return std::unexpected(digits.error());
    if (digits->empty() || !from_hex(*digits)) {
      return std::unexpected(reader.error("expected lower-case hexadecimal digits"));
    }
    hashes.emplace(algorithm, std::move(*digits));
  }
  if (hashes.empty()) return std::unexpected(list->error("expected at least one hash"));
  return hashes;
}

Result<FileMeta> file_meta_of(const Reader& object) {
  FileMeta meta;
  const Result<std::uint64_t> version = at_least_one(object, "version");
  if (!version) return std::unexpected(version.error());
  meta.version = *version;
  if (object.has("length")) {
    const Result<std::uint64_t> length = object.number("length");
    if (!length) return std::unexpected(length.error());
    meta.length = *length;
  }
  if (object.has("hashes")) {
    Result<std::map<std::string, std::string>> hashes = hashes_of(object);
    if (!hashes) return std::unexpected(hashes.error());
    meta.hashes = std::move(*hashes);
  }
  return meta;
}

Result<Target> target_of(const std::string& path, const Reader& object) {
  const Result<std::uint64_t> length = object.number("length");
  if (!length) return std::unexpected(length.error());
  Result<std::map<std::string, std::string>> hashes = hashes_of(object);
  if (!hashes) return std::unexpected(hashes.error());
  json::Value custom;
  if (object.has("custom")) custom = object.value().at("custom");
  return Target{path, *length, std::move(*hashes), std::move(custom)};
}

Result<Delegation> delegation_of(const Reader& object, const Keys& keys) {
  Delegation delegation;
  Result<std::string> name = object.text("name");
  if (!name) return std::unexpected(name.error());
  // check: delegated-name
  if (name->empty() || std::ranges::find(kTopLevel, *name) != kTopLevel.end()) {
    return std::unexpected(object.error(fmt::format("a delegated role may not be \"{}\"", *name)));
  }
  delegation.name = std::move(*name);
  Result<Signers> signers = signers_of(object, keys);
  if (!signers) return std::unexpected(signers.error());
  delegation.signers = std::move(*signers);
  const Result<bool> terminating = object.boolean("terminating");
  if (!terminating) return std::unexpected(terminating.error());
  delegation.terminating = *terminating;
  if (object.has("paths") == object.has("path_hash_prefixes")) {
    return std::unexpected(object.error("expected either \"paths\" or \"path_hash_prefixes\""));
  }
  Result<std::vector<std::string>> paths = object.texts("paths");
  if (!paths) return std::unexpected(paths.error());
  delegation.paths = std::move(*paths);
  Result<std::vector<std::string>> prefixes = object.texts("path_hash_prefixes");
  if (!prefixes) return std::unexpected(prefixes.error());
  delegation.path_hash_prefixes = std::move(*prefixes);
  return delegation;
}

Result<SuccinctRoles> succinct_of(const Reader& object, const Keys& keys) {
  Result<Signers> signers = signers_of(object, keys);
  if (!signers) return std::unexpected(signers.error());
  const Result<std::uint64_t> bits = at_least_one(object, "bit_length");
  if (!bits) return std::unexpected(bits.error());
  if (*bits > kMostBits) {
    return std::unexpected(object.error(fmt::format("\"bit_length\" is above {}", kMostBits)));
  }
  Result<std::string> prefix = object.text("name_prefix");
  if (!prefix) return std::unexpected(prefix.error());
  return SuccinctRoles{std::move(*signers), *bits, std::move(*prefix)};
}

Status read_delegations(const Reader& object, Targets& targets) {
  const Result<Keys> keys = keys_of(object);
  if (!keys) return std::unexpected(keys.error());
  if (object.has("roles") == object.has("succinct_roles")) {
    return std::unexpected(object.error("expected either \"roles\" or \"succinct_roles\""));
  }
  if (object.has("succinct_roles")) {
    Result<SuccinctRoles> succinct = succinct_of(*object.member("succinct_roles"), *keys);
    if (!succinct) return std::unexpected(succinct.error());
    targets.succinct = std::move(*succinct);
    return {};
  }
  const Result<std::vector<Reader>> roles = object.optional_elements("roles");
  if (!roles) return std::unexpected(roles.error());
  std::set<std::string> names;
  for (const Reader& role : *roles) {
    Result<Delegation> delegation = delegation_of(role, *keys);
    if (!delegation) return std::unexpected(delegation.error());
    // check: delegated-once
    if (!names.insert(delegation->name).second) {
      return std::unexpected(role.error(fmt::format("\"{}\" stands twice", delegation->name)));
    }
    targets.delegations.push_back(std::move(*delegation));
  }
  return {};
}

json::Value unknown_members(const json::Value& content) {
  json::Value extra = json::Value::object();
  for (const auto& [name, value] : content.items()) {
    if (std::ranges::find(kKnownOfTargets, name) == kKnownOfTargets.end()) extra[name] = value;
  }
  return extra;
}

}  // namespace

template <>
Result<Root> parse_signed(const Reader& content) {
  const Result<Common> common = common_of(content, Root::kType);
  if (!common) return std::unexpected(common.error());
  // 5.3.12: absent means false.
  const Result<bool> consistent = content.boolean_or("consistent_snapshot", false);
  if (!consistent) return std::unexpected(consistent.error());
  const Result<Keys> keys = keys_of(content);
  if (!keys) return std::unexpected(keys.error());
  const Result<Reader> roles = content.member("roles");
  if (!roles) return std::unexpected(roles.error());
  Root root{common->version, common->expires, *consistent, {}, {}, {}, {}};
  for (const auto& [name, place] :
       {std::pair("root", &root.root), std::pair("timestamp", &root.timestamp),
        std::pair("snapshot", &root.snapshot), std::pair("targets", &root.targets)}) {
    const Result<Reader> role = roles->member(name);
    if (!role) return std::unexpected(role.error());
    Result<Signers> signers = signers_of(*role, *keys);
    if (!signers) return std::unexpected(signers.error());
    *place = std::move(*signers);
  }
  return root;
}

template <>
Result<Timestamp> parse_signed(const Reader& content) {
  const Result<Common> common = common_of(content, Timestamp::kType);
  if (!common) return std::unexpected(common.error());
  const Result<Reader> meta = content.member("meta");
  if (!meta) return std::unexpected(meta.error());
  const Result<Reader> entry = meta->member("snapshot.json");
  if (!entry) return std::unexpected(entry.error());
  Result<FileMeta> snapshot = file_meta_of(*entry);
  if (!snapshot) return std::unexpected(snapshot.error());
  return Timestamp{common->version, common->expires, std::move(*snapshot)};
}

template <>
Result<Snapshot> parse_signed(const Reader& content) {
  const Result<Common> common = common_of(content, Snapshot::kType);
  if (!common) return std::unexpected(common.error());
  const Result<Reader> meta = content.member("meta");
  if (!meta) return std::unexpected(meta.error());
  const auto entries = meta->members();
  if (!entries) return std::unexpected(entries.error());
  Snapshot snapshot{common->version, common->expires, {}};
  for (const auto& [name, entry] : *entries) {
    Result<FileMeta> file = file_meta_of(entry);
    if (!file) return std::unexpected(file.error());
    snapshot.meta.emplace(name, std::move(*file));
  }
  return snapshot;
}

template <>
Result<Targets> parse_signed(const Reader& content) {
  const Result<Common> common = common_of(content, Targets::kType);
  if (!common) return std::unexpected(common.error());
  Targets targets;
  targets.version = common->version;
  targets.expires = common->expires;
  targets.extra = unknown_members(content.value());
  const auto own_name = targets.extra.find(kRoleName);
  if (own_name != targets.extra.end() && own_name->is_string()) {
    targets.role_name = own_name->get<std::string>();
  }
  const Result<Reader> list = content.member("targets");
  if (!list) return std::unexpected(list.error());
  const auto entries = list->members();
  if (!entries) return std::unexpected(entries.error());
  for (const auto& [path, entry] : *entries) {
    Result<Target> target = target_of(path, entry);
    if (!target) return std::unexpected(target.error());
    targets.targets.emplace(path, std::move(*target));
  }
  if (content.has("delegations")) {
    const Status read = read_delegations(*content.member("delegations"), targets);
    if (!read) return std::unexpected(read.error());
  }
  return targets;
}

}  // namespace interlude::tuf
