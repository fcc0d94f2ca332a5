#include "tuf/repository.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "tuf/signing.hpp"
#include "tuf/store.hpp"
#include "tuf/workflow.hpp"

namespace interlude::tuf {
namespace {

constexpr std::uint32_t kPublicFile = 0644;
constexpr std::uint32_t kPublicDirectory = 0755;
constexpr std::uint32_t kSecretFile = 0600;
constexpr std::uint32_t kSecretDirectory = 0700;
constexpr std::uint64_t kLongestKey = 16384;

// Which keys lie where; all platforms' lists are signed by one key.
constexpr std::string_view kPlatforms = "platforms";
constexpr std::string_view kRollout = "rollout";
constexpr std::string_view kRolloutPattern = "rollout/*";
constexpr std::array<std::string_view, 3> kOffline = {"root", "targets", kPlatforms};
constexpr std::array<std::string_view, 3> kOnline = {"snapshot", "timestamp", kRollout};

json::Value signed_part(ByteView file) {
  // Verified before, hence well-formed.
  return json::parse(file)->at("signed");
}

json::Value role_value(const crypto::PrivateKey& key) {
  return {{"keyids", json::Value::array({key_id(key)})}, {"threshold", 1}};
}

const crypto::Signer* as_signer(const crypto::PrivateKey& key) {
  return &key;
}

// What every client needs to read a file's bytes, and no more.
json::Value meta_value(std::uint64_t version, ByteView raw) {
  return {{"version", version},
          {"length", raw.size()},
          {"hashes", {{"sha256", crypto::sha256(raw).hex()}}}};
}

// Clients differ about dots in front, blanks, '%' and pattern characters: every part is a plain
// name.
Status check_target_path(const std::string& path) {
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const Status part = check_name(std::string_view(path).substr(start, end - start),
                                   fmt::format("in the target path \"{}\", the part", path));
    if (!part) return part;
    start = end + 1;
  }
  return {};
}

// JavaScript clients put members that look like numbers first, and so lose the order of roles.
Status check_role_name(const std::string& role) {
  const Status name = check_name(role, "role");
  if (!name) return name;
  if (role.find_first_not_of("0123456789") != std::string::npos) return {};
  return fail(ErrorKind::Invalid, fmt::format("role \"{}\" must not be a number", role));
}

template <class T>
Result<Verified<T>> read_signed(sys::FileSystem& disk, const Path& file, std::string_view role,
                                const Signers& signers) {
  const Result<Bytes> raw = disk.read(file, limit_of(role));
  if (!raw) return std::unexpected(raw.error());
  return Verified<T>::check(*raw, signers, file);
}

// Names that every client reads alike, and files that the list may name.
Status check_update(const ListUpdate& update, const Targets& targets) {
  const Status role = check_role_name(update.role);
  if (!role) return role;
  const auto existing = std::ranges::find(targets.delegations, update.role, &Delegation::name);
  const Delegation delegation = existing == targets.delegations.end()
                                    ? Delegation{update.role, {}, true, {update.pattern}, {}}
                                    : *existing;
  for (const NewTarget& target : update.targets) {
    const Status path = check_target_path(target.path);
    if (!path) return path;
    if (!matches(delegation, target.path)) {
      return fail(ErrorKind::Invalid,
                  fmt::format("the list \"{}\" may not name {}", update.role, target.path));
    }
  }
  return {};
}

}  // namespace

Path Repository::metadata_file(const std::string& name) const {
  return join(directory_, "public/metadata/" + name);
}

Path Repository::key_file(std::string_view name) const {
  const bool online = std::ranges::find(kOnline, name) != kOnline.end();
  return join(directory_, fmt::format("keys/{}/{}.pem", online ? "online" : "offline", name));
}

Path Repository::file_of(const std::string& path, const crypto::Sha256& digest) const {
  const Path directory = join(directory_, "public/targets/" + parent_of(path));
  return join(directory, digest.hex() + "." + file_name_of(path));
}

Result<crypto::PrivateKey> Repository::key(std::string_view name) const {
  const Path file = key_file(name);
  const Result<Bytes> pem = disk_->read(file, kLongestKey);
  if (!pem) return std::unexpected(pem.error().during(fmt::format("reading the {} key", name)));
  Result<crypto::PrivateKey> read = crypto::PrivateKey::from_pem(
      as_text(*pem), crypto::nobody_to_ask, fmt::format("pass phrase of the {} key", name));
  if (!read) return std::unexpected(read.error().during(file));
  return read;
}

Result<crypto::PrivateKey> Repository::make_key(std::string_view name) {
  crypto::PrivateKey made = crypto::PrivateKey::generate();
  const Path file = key_file(name);
  Status done = sys::make_directories(*disk_, parent_of(file), kSecretDirectory);
  if (done) done = sys::replace_file(*disk_, file, as_bytes(made.pem().text()), kSecretFile);
  if (!done) return std::unexpected(done.error());
  return made;
}

std::string Repository::expiry(std::chrono::days lifetime) const {
  return sys::to_text(clock_->now() + lifetime);
}

json::Value Repository::fresh_list(const std::string& role, std::uint64_t version) const {
  return {{kRoleName, role},
          {"_type", Targets::kType},
          {"spec_version", kSpecification},
          {"version", version},
          {"expires", expiry(lifetimes_.targets)},
          {"targets", json::Value::object()}};
}

Status Repository::create() {
  for (const std::string_view directory : {"public/metadata", "public/targets"}) {
    const Status made =
        sys::make_directories(*disk_, join(directory_, directory), kPublicDirectory);
    if (!made) return made;
  }
  std::map<std::string_view, crypto::PrivateKey> keys;
  for (const auto& names : {kOffline, kOnline}) {
    for (const std::string_view name : names) {
      const Result<crypto::PrivateKey> made = make_key(name);
      if (!made) return std::unexpected(made.error());
      keys.emplace(name, *made);
    }
  }

  json::Value root = {{"_type", Root::kType},
                      {"spec_version", kSpecification},
                      {"version", 1},
                      {"expires", expiry(lifetimes_.root)},
                      {"consistent_snapshot", true},
                      {"keys", json::Value::object()},
                      {"roles", json::Value::object()}};
  for (const std::string_view role : {"root", "targets", "snapshot", "timestamp"}) {
    root["keys"][key_id(keys.at(role))] = key_value(keys.at(role));
    root["roles"][role] = role_value(keys.at(role));
  }
  const Result<json::Value> rooted = put_list("root", root, "root");
  if (!rooted) return std::unexpected(rooted.error());

  json::Value meta;
  const std::string rollout(kRollout);
  const Result<json::Value> rollout_meta = put_list(rollout, fresh_list(rollout, 1), kRollout);
  if (!rollout_meta) return std::unexpected(rollout_meta.error());
  meta[rollout + ".json"] = *rollout_meta;

  json::Value targets = fresh_list(std::string(Targets::kType), 1);
  const Status delegated = delegate(targets, rollout, std::string(kRolloutPattern), kRollout);
  if (!delegated) return delegated;
  const Result<json::Value> targets_meta = put_list("targets", targets, "targets");
  if (!targets_meta) return std::unexpected(targets_meta.error());
  meta["targets.json"] = *targets_meta;
  return announce(std::move(meta), 1, 1);
}

Result<Bytes> Repository::newest_root(std::uint64_t& version) const {
  version = 0;
  while (sys::exists(*disk_, metadata_file(fmt::format("{}.root.json", version + 1)))) ++version;
  if (version == 0) {
    return fail(ErrorKind::NotFound, directory_ + " is not a repository: it has no root file " +
                                         metadata_file("1.root.json"));
  }
  return disk_->read(metadata_file(fmt::format("{}.root.json", version)), limit_of(Root::kType));
}

Result<Path> Repository::trusted_root() const {
  std::uint64_t version = 0;
  const Result<Bytes> root = newest_root(version);
  if (!root) return std::unexpected(root.error());
  return metadata_file(fmt::format("{}.root.json", version));
}

Result<Verified<Targets>> Repository::list(const Snapshot& snapshot, const std::string& role,
                                           const Signers& signers) const {
  const Result<FileMeta> announced = listed(snapshot, role);
  if (!announced) return std::unexpected(announced.error());
  const std::string file = fmt::format("{}.{}", announced->version, file_name_of_role(role));
  return read_signed<Targets>(*disk_, metadata_file(file), role, signers);
}

Result<Contents> Repository::contents() const {
  std::uint64_t root_version = 0;
  const Result<Bytes> root_raw = newest_root(root_version);
  if (!root_raw) return std::unexpected(root_raw.error());
  Result<Verified<Root>> root = check_own_root(*root_raw, "root.json");
  if (!root) return std::unexpected(root.error());
  Result<Verified<Timestamp>> timestamp = read_signed<Timestamp>(
      *disk_, metadata_file("timestamp.json"), Timestamp::kType, (*root)->timestamp);
  if (!timestamp) return std::unexpected(timestamp.error());
  const std::uint64_t snapshot_version = (*timestamp)->snapshot.version;
  Result<Verified<Snapshot>> snapshot = read_signed<Snapshot>(
      *disk_, metadata_file(fmt::format("{}.snapshot.json", snapshot_version)), Snapshot::kType,
      (*root)->snapshot);
  if (!snapshot) return std::unexpected(snapshot.error());
  Result<Verified<Targets>> targets =
      list(**snapshot, std::string(Targets::kType), (*root)->targets);
  if (!targets) return std::unexpected(targets.error());

  Contents all{
      std::move(*root), std::move(*timestamp), std::move(*snapshot), std::move(*targets), {}};
  for (const Delegation& delegation : all.targets->delegations) {
    Result<Verified<Targets>> delegated = list(*all.snapshot, delegation.name, delegation.signers);
    if (!delegated) return std::unexpected(delegated.error());
    all.lists.emplace(delegation.name, std::move(*delegated));
  }
  return all;
}

Status Repository::put_target(const NewTarget& target) {
  std::unique_ptr<sys::ReadFile> opened;  // keeps the view alive
  ByteView content;
  if (const Path* from = std::get_if<Path>(&target.content)) {
    Result<std::unique_ptr<sys::ReadFile>> source = disk_->open(*from);
    if (!source) return std::unexpected(source.error());
    opened = std::move(*source);
    const Result<ByteView> view = opened->view();
    if (!view) return std::unexpected(view.error());
    content = *view;
  } else {
    content = std::get<Bytes>(target.content);
  }
  if (content.size() != target.length || crypto::sha256(content) != target.digest) {
    return fail(ErrorKind::Corrupt, target.path + ": has another length or SHA-256 than expected");
  }
  const Path file = file_of(target.path, target.digest);
  const Status made = sys::make_directories(*disk_, parent_of(file), kPublicDirectory);
  if (!made) return made;
  return sys::replace_file(*disk_, file, content, kPublicFile);
}

Result<json::Value> Repository::put_list(const std::string& role, const json::Value& content,
                                         std::string_view key_name) {
  const Result<crypto::PrivateKey> signer = key(key_name);
  if (!signer) return std::unexpected(signer.error());
  const auto version = content.at("version").get<std::uint64_t>();
  const Result<Bytes> signed_content = signed_file(content, std::array{as_signer(*signer)});
  if (!signed_content) return std::unexpected(signed_content.error());
  const Bytes& raw = *signed_content;
  const Path file = metadata_file(fmt::format("{}.{}.json", version, role));
  const Status written = sys::replace_file(*disk_, file, raw, kPublicFile);
  if (!written) return std::unexpected(written.error());
  return meta_value(version, raw);
}

Result<json::Value> Repository::update_list(const ListUpdate& update, const Contents& now) {
  const auto existing = now.lists.find(update.role);
  json::Value list = fresh_list(update.role, 1);
  if (existing != now.lists.end()) {
    list = signed_part(existing->second.raw());
    list["version"] = existing->second->version + 1;
    list["expires"] = expiry(lifetimes_.targets);
  }
  for (const auto& [name, value] : update.extra.items()) list[name] = value;
  for (const NewTarget& target : update.targets) {
    json::Value entry = {{"length", target.length}, {"hashes", {{"sha256", target.digest.hex()}}}};
    if (!target.custom.is_null()) entry["custom"] = target.custom;
    list["targets"][target.path] = std::move(entry);
  }
  return put_list(update.role, list, update.role == kRollout ? kRollout : kPlatforms);
}

Status Repository::delegate(json::Value& targets, const std::string& role,
                            const std::string& pattern, std::string_view key_name) const {
  const Result<crypto::PrivateKey> signer = key(key_name);
  if (!signer) return std::unexpected(signer.error());
  json::Value& delegations = targets["delegations"];
  if (delegations.is_null()) {
    delegations = {{"keys", json::Value::object()}, {"roles", json::Value::array()}};
  }
  json::Value entry = role_value(*signer);
  entry["name"] = role;
  entry["paths"] = json::Value::array({pattern});
  entry["terminating"] = true;
  delegations["keys"][key_id(*signer)] = key_value(*signer);
  delegations["roles"].push_back(std::move(entry));
  return {};
}

Status Repository::publish(std::span<const ListUpdate> updates) {
  const Result<Contents> now = contents();
  if (!now) return std::unexpected(now.error());
  for (const ListUpdate& update : updates) {
    const Status good = check_update(update, *now->targets);
    if (!good) return good;
  }
  for (const ListUpdate& update : updates) {
    for (const NewTarget& target : update.targets) {
      const Status put = put_target(target);
      if (!put) return put;
    }
  }
  Result<json::Value> meta = put_lists(updates, *now);
  if (!meta) return std::unexpected(meta.error());
  return announce(std::move(*meta), now->snapshot->version + 1, now->timestamp->version + 1);
}

Result<json::Value> Repository::put_lists(std::span<const ListUpdate> updates,
                                          const Contents& now) {
  json::Value meta = signed_part(now.snapshot.raw()).at("meta");
  json::Value targets = signed_part(now.targets.raw());
  bool delegated_anew = false;
  for (const ListUpdate& update : updates) {
    const Result<json::Value> entry = update_list(update, now);
    if (!entry) return entry;
    meta[update.role + ".json"] = *entry;
    if (now.lists.contains(update.role)) continue;
    const Status delegated = delegate(targets, update.role, update.pattern, kPlatforms);
    if (!delegated) return std::unexpected(delegated.error());
    delegated_anew = true;
  }
  if (!delegated_anew) return meta;
  targets["version"] = now.targets->version + 1;
  targets["expires"] = expiry(lifetimes_.targets);
  const Result<json::Value> entry = put_list("targets", targets, "targets");
  if (!entry) return entry;
  meta["targets.json"] = *entry;
  return meta;
}

Status Repository::announce(json::Value meta, std::uint64_t snapshot_version,
                            std::uint64_t timestamp_version) {
  const json::Value snapshot = {{"_type", Snapshot::kType},
                                {"spec_version", kSpecification},
                                {"version", snapshot_version},
                                {"expires", expiry(lifetimes_.snapshot)},
                                {"meta", std::move(meta)}};
  const Result<json::Value> entry = put_list("snapshot", snapshot, "snapshot");
  if (!entry) return std::unexpected(entry.error());
  const Result<crypto::PrivateKey> signer = key("timestamp");
  if (!signer) return std::unexpected(signer.error());
  const json::Value timestamp = {{"_type", Timestamp::kType},
                                 {"spec_version", kSpecification},
                                 {"version", timestamp_version},
                                 {"expires", expiry(lifetimes_.timestamp)},
                                 {"meta", {{"snapshot.json", *entry}}}};
  const Result<Bytes> raw = signed_file(timestamp, std::array{as_signer(*signer)});
  if (!raw) return std::unexpected(raw.error());
  return sys::replace_file(*disk_, metadata_file("timestamp.json"), *raw, kPublicFile);
}

}  // namespace interlude::tuf
