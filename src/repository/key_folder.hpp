#pragma once
// The keys of a repository: one key file each in keys/offline and keys/online
// (docs/formats/keys.md), and a key ring over them.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "keys/keys.hpp"
#include "tuf/repository.hpp"

namespace interlude::repository {

class KeyFolder final : public tuf::KeyRing {
 public:
  struct Entry {
    Path file;
    bool here =
        false;  ///< its private half can be asked: a PEM file that exists, a token, a program
  };

  /// Reads all key files below `directory`, a repository's. The first two are borrowed.
  static Result<std::unique_ptr<KeyFolder>> read(sys::FileSystem& disk,
                                                 sys::ProcessRunner& processes,
                                                 crypto::AskSecret ask, const Path& directory);

  const std::map<std::string, Entry>& entries() const { return entries_; }  ///< by key id
  bool has(const std::string& key_id) const override;
  Result<const crypto::Signer*> signer(const std::string& key_id) override;

 private:
  KeyFolder(sys::FileSystem& disk, sys::ProcessRunner& processes, crypto::AskSecret ask)
      : disk_(&disk), processes_(&processes), ask_(std::move(ask)) {}
  Status add_folder(const Path& folder);

  sys::FileSystem* disk_;
  sys::ProcessRunner* processes_;
  crypto::AskSecret ask_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::unique_ptr<crypto::Signer>> opened_;
};

/// How new keys are made, or which existing ones are taken, for one role.
struct KeyWish {
  std::size_t count = 1;
  std::uint64_t threshold = 1;
  std::vector<Path> key_files;  ///< given: these instead of new ones; their private halves stay
};

/// What new keys are like.
struct KeyKind {
  crypto::Scheme scheme = crypto::Scheme::Ed25519;
  std::optional<crypto::Secret> pass_phrase;  ///< of offline keys; online ones are not encrypted
  std::function<bool()> aborted;  ///< asked before each key: many large ones take minutes
};

/// keys/offline for root, targets, platforms and single lists; keys/online for the others.
Path key_folder_of(const Path& directory, const std::string& role);

/// Keys for `role` as wished, their key files in its folder under names that are free.
Result<tuf::RoleKeys> obtain_keys(sys::FileSystem& disk, const Path& directory,
                                  const std::string& role, const KeyWish& wish,
                                  const KeyKind& kind);

}  // namespace interlude::repository
