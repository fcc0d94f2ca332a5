#pragma once
// The publisher's side: a folder of keys and signed metadata, and the folder of static files that
// any web server can serve. Layout, sizes and reasons: docs/formats/repository.md.
//
// The public folder changes in one order: files that lists will name, the lists, the snapshot, and
// last, atomically, timestamp.json, from which everything else follows. Whatever an interrupted run
// left beyond that was never announced, and the next run writes over it.

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "crypto/digest.hpp"
#include "crypto/private_key.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "tuf/metadata.hpp"

namespace interlude::tuf {

/// How long newly signed metadata is valid.
struct Lifetimes {
  std::chrono::days root{365};
  std::chrono::days targets{180};  ///< and all delegated lists
  std::chrono::days snapshot{30};
  std::chrono::days timestamp{7};
};

/// A file to publish.
struct NewTarget {
  std::string path;  ///< its name in the list
  std::variant<Bytes, Path> content;
  std::uint64_t length = 0;
  crypto::Sha256 digest;
  json::Value custom;  ///< null: none
};

/// What is to change in one delegated list.
struct ListUpdate {
  std::string role;
  std::string pattern;  ///< paths the list may name, used where the role is new
  json::Value extra = json::Value::object();  ///< signed members to set beside the targets
  std::vector<NewTarget> targets;             ///< to add
};

/// Everything that is announced at one moment.
struct Contents {
  Verified<Root> root;
  Verified<Timestamp> timestamp;
  Verified<Snapshot> snapshot;
  Verified<Targets> targets;
  std::map<std::string, Verified<Targets>> lists;  ///< delegated roles by name
};

/// Not safe for two processes at once: callers hold a lock.
class Repository {
 public:
  Repository(sys::FileSystem& disk, sys::Clock& clock, Path directory, Lifetimes lifetimes)
      : disk_(&disk), clock_(&clock), directory_(std::move(directory)), lifetimes_(lifetimes) {}

  /// New keys, first metadata and the empty list "rollout", below the existing, empty directory.
  Status create();

  /// The newest root file: what devices are provisioned with. NotFound where this is no repository.
  Result<Path> trusted_root() const;
  /// Reads and verifies all that is announced now; expiry is not looked at.
  Result<Contents> contents() const;
  /// Where the file of a target is kept.
  Path file_of(const std::string& path, const crypto::Sha256& digest) const;

  /// Adds files to lists and announces them, all or nothing. A role that does not exist yet is
  /// delegated to, terminating. Errors: Invalid (a name that not every client reads alike), Corrupt
  /// (content of another length or hash than said), NotFound (a key that is kept elsewhere).
  Status publish(std::span<const ListUpdate> updates);
  /// Signs snapshot and timestamp again, with new expiry.
  Status refresh() { return publish({}); }

 private:
  Path metadata_file(const std::string& name) const;
  Path key_file(std::string_view name) const;
  Result<crypto::PrivateKey> key(std::string_view name) const;
  Result<crypto::PrivateKey> make_key(std::string_view name);
  std::string expiry(std::chrono::days lifetime) const;
  json::Value fresh_list(const std::string& role, std::uint64_t version) const;

  /// The newest root's bytes.
  Result<Bytes> newest_root(std::uint64_t& version) const;
  Result<Verified<Targets>> list(const Snapshot& snapshot, const std::string& role,
                                 const Signers& signers) const;
  Status put_target(const NewTarget& target);
  /// Signs `content` and writes it as VERSION.ROLE.json; gives what the snapshot says about it.
  Result<json::Value> put_list(const std::string& role, const json::Value& content,
                               std::string_view key_name);
  /// Writes all lists that change; gives the snapshot's new "meta".
  Result<json::Value> put_lists(std::span<const ListUpdate> updates, const Contents& now);
  Result<json::Value> update_list(const ListUpdate& update, const Contents& now);
  Status delegate(json::Value& targets, const std::string& role, const std::string& pattern,
                  std::string_view key_name) const;
  Status announce(json::Value meta, std::uint64_t snapshot_version,
                  std::uint64_t timestamp_version);

  sys::FileSystem* disk_;
  sys::Clock* clock_;
  Path directory_;
  Lifetimes lifetimes_;
};

}  // namespace interlude::tuf
