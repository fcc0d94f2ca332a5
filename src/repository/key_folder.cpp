#include "repository/key_folder.hpp"

#include <fmt/format.h>

#include "tuf/signing.hpp"

namespace interlude::repository {
namespace {

constexpr std::uint32_t kSecretDirectory = 0700;

bool is_online(const std::string& role) {
  return role == "snapshot" || role == "timestamp" || role == tuf::kRolloutRole;
}

bool is_free(sys::FileSystem& disk, const Path& folder, const std::string& name) {
  return !sys::exists(disk, join(folder, name + ".toml")) &&
         !sys::exists(disk, join(folder, name + ".pem"));
}

// "root" for one key, "root-1", "root-2" … for several.
std::string free_name(sys::FileSystem& disk, const Path& folder, const std::string& role,
                      bool several) {
  if (!several && is_free(disk, folder, role)) return role;
  for (std::size_t number = several ? 1 : 2;; ++number) {
    const std::string name = fmt::format("{}-{}", role, number);
    if (is_free(disk, folder, name)) return name;
  }
}

Result<crypto::PublicKey> adopt(sys::FileSystem& disk, const Path& folder, const std::string& name,
                                const Path& key_file) {
  const Result<keys::KeyFile> described = keys::read_key_file(disk, key_file);
  if (!described) return std::unexpected(described.error());
  Status done = sys::make_directories(disk, folder, kSecretDirectory);
  if (done) done = keys::write_key_file(disk, join(folder, name + ".toml"), *described);
  if (!done) return std::unexpected(done.error());
  return described->key;
}

}  // namespace

Path key_folder_of(const Path& directory, const std::string& role) {
  return join(directory, is_online(role) ? "keys/online" : "keys/offline");
}

Result<std::unique_ptr<KeyFolder>> KeyFolder::read(sys::FileSystem& disk,
                                                   sys::ProcessRunner& processes,
                                                   crypto::AskSecret ask, const Path& directory) {
  std::unique_ptr<KeyFolder> ring(new KeyFolder(disk, processes, std::move(ask)));
  for (const char* folder : {"keys/offline", "keys/online"}) {
    const Status added = ring->add_folder(join(directory, folder));
    if (!added) return std::unexpected(added.error());
  }
  return ring;
}

Status KeyFolder::add_folder(const Path& folder) {
  // A folder that was taken to a safe place is no error: its keys are elsewhere.
  if (!sys::exists(*disk_, folder)) return {};
  const auto files = keys::read_key_files(*disk_, folder);
  if (!files) return std::unexpected(files.error());
  for (const auto& [name, described] : *files) {
    const auto* pem = std::get_if<keys::InFile>(&described.private_half);
    const bool here = pem == nullptr || sys::exists(*disk_, join(folder, pem->name));
    entries_[tuf::key_id(described.key)] = {join(folder, name + ".toml"), here};
  }
  return {};
}

bool KeyFolder::has(const std::string& key_id) const {
  const auto entry = entries_.find(key_id);
  return entry != entries_.end() && entry->second.here;
}

Result<const crypto::Signer*> KeyFolder::signer(const std::string& key_id) {
  const auto open = opened_.find(key_id);
  if (open != opened_.end()) return open->second.get();
  if (!has(key_id)) return fail(ErrorKind::NotFound, "the key " + key_id + " is not here");
  Result<std::unique_ptr<crypto::Signer>> signer =
      keys::open_key(*disk_, *processes_, entries_.at(key_id).file, ask_);
  if (!signer) return std::unexpected(signer.error());
  return opened_.emplace(key_id, std::move(*signer)).first->second.get();
}

Result<tuf::RoleKeys> obtain_keys(sys::FileSystem& disk, const Path& directory,
                                  const std::string& role, const KeyWish& wish,
                                  const KeyKind& kind) {
  const Path folder = key_folder_of(directory, role);
  tuf::RoleKeys all{{}, wish.threshold};
  for (const Path& file : wish.key_files) {
    const std::string name = free_name(disk, folder, role, wish.key_files.size() > 1);
    const Result<crypto::PublicKey> key = adopt(disk, folder, name, file);
    if (!key) return std::unexpected(key.error());
    all.keys.push_back(tuf::key_value(*key));
  }
  if (!wish.key_files.empty()) return all;
  const bool encrypted = kind.pass_phrase && !is_online(role);
  for (std::size_t i = 0; i < wish.count; ++i) {
    if (kind.aborted && kind.aborted()) return fail(ErrorKind::Cancelled, "interrupted");
    const Result<crypto::PrivateKey> made =
        keys::make_key(disk, folder, free_name(disk, folder, role, wish.count > 1), kind.scheme,
                       encrypted ? std::optional(crypto::Secret::copy_of(kind.pass_phrase->text()))
                                 : std::nullopt);
    if (!made) return std::unexpected(made.error());
    all.keys.push_back(tuf::key_value(*made));
  }
  return all;
}

}  // namespace interlude::repository
