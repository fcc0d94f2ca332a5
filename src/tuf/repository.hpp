#pragma once
// The publisher's side: a folder of signed metadata, and the folder of static files that any web
// server can serve. Layout, sizes and reasons: docs/formats/repository.md.
//
// Every act (publish, a change of keys, a renewal) goes the same way. It is signed with the keys
// that are here and staged as a whole; when everybody who must has signed, perhaps after a way over
// other machines, it is announced. The public folder changes in one order: files that lists will
// name, the lists, a new root, the snapshot, and last, atomically, timestamp.json, from which
// everything else follows. An act interrupted on that way is still staged, and carried out again.
//
// Keys are known by their ids; where they are, only the key ring knows. Snapshot and timestamp say
// what is current; their keys are expected to be on the machine that holds the folder.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "tuf/act.hpp"
#include "tuf/contents.hpp"
#include "tuf/key_ring.hpp"
#include "tuf/staging.hpp"

namespace interlude::tuf {

/// What is to change in one delegated list.
struct ListUpdate {
  std::string role;
  std::string pattern;  ///< paths the list may name, used where the role is new
  json::Value extra = json::Value::object();   ///< signed members to set beside the targets
  std::vector<NewTarget> targets;              ///< to add
  std::map<std::string, json::Value> customs = {};  ///< by path: signed members to set of what is listed
};

/// The signatures that one file has of those who are to sign it.
struct Gathered {
  std::string role;
  std::uint64_t version = 0;
  Signers signers;
  bool required = true;
  std::vector<std::string> signed_ids;

  std::uint64_t missing() const {
    return signers.threshold > signed_ids.size() ? signers.threshold - signed_ids.size() : 0;
  }
};

struct Outcome {
  bool announced = false;       ///< else it is staged
  std::vector<Gathered> files;  ///< who has signed what of the act
};

/// Whose keys sign what in a new repository.
struct Founding {
  RoleKeys root;
  RoleKeys targets;
  RoleKeys snapshot;
  RoleKeys timestamp;
  RoleKeys platforms;  ///< every platform's list
  RoleKeys rollout;
};

/// The role names under which a change of keys means more than one file's.
inline constexpr std::string_view kPlatformsRole = "platforms";

/// Not safe for two processes at once: callers hold a lock. Errors common to all acts: Conflict
/// (an act is staged and waits for signatures), NotFound (a key of snapshot or timestamp is
/// elsewhere), what the key ring and the disk report.
class Repository {
 public:
  Repository(sys::FileSystem& disk, sys::Clock& clock, KeyRing& ring, Path directory,
             Lifetimes lifetimes);

  /// The newest root file: what devices are provisioned with. NotFound where nothing was announced.
  Result<Path> trusted_root() const;
  /// Reads and verifies all that is announced now; expiry is not looked at.
  Result<Contents> contents() const;
  /// Where the file of a target is kept.
  Path file_of(const std::string& path, const crypto::Sha256& digest) const;
  /// Who signs platform lists that are made from now on.
  Result<RoleKeys> platforms() const;
  /// Who signs a role now: a top-level one, a delegated one, or "platforms". NotFound, naming them
  /// all, where there is no such role.
  Result<RoleKeys> keys_of(const std::string& role) const;

  /// First metadata and the empty list "rollout", below the existing, empty directory.
  Result<Outcome> create(const Founding& founding);
  /// Adds files to lists. A role that does not exist yet is delegated to, terminating. Errors:
  /// Invalid (a name that not every client reads alike), Corrupt (content of another length or hash
  /// than said).
  Result<Outcome> publish(std::span<const ListUpdate> updates);
  /// `changes` by role: a top-level role, a delegated one, or "platforms" for all lists that are
  /// signed alike. Errors: those of tuf::changed; NotFound (no such role).
  Result<Outcome> change_keys(const std::map<std::string, KeyChange>& changes);
  /// A next version with new expiry of root, targets or delegated lists.
  Result<Outcome> renew(const std::vector<std::string>& roles);
  /// Signs snapshot and timestamp again, with new expiry.
  Status refresh();

  /// The staged act with its signatures; nothing where none is.
  Result<std::optional<Outcome>> staged() const;
  Result<std::optional<Act>> staged_act() const;
  /// Signs what is staged with the keys here, and announces it if that completes it. Announced
  /// where nothing is staged.
  Result<Outcome> complete();
  /// Adds the signatures that `drafts` bring by role, then as complete(). Untrusted, Conflict: see
  /// Draft::take; nothing is taken then.
  Result<Outcome> take(const std::map<std::string, Draft>& drafts);
  /// Drops what is staged.
  Status discard();

 private:
  Path metadata() const;
  Path metadata_file(const std::string& name) const;
  Path platforms_file() const;

  /// What is announced; nothing before the first time.
  Result<std::optional<Contents>> current() const;
  /// Carries out what an interrupted run left; Conflict where it waits for signatures. Gives what
  /// is announced then.
  Result<Contents> clear_the_way();

  Status change_one(Plan& plan, const Contents& now, const std::string& role,
                    const KeyChange& change) const;
  Status change_platforms(Plan& plan, const Contents& now, const KeyChange& change) const;

  /// Signs, stages and, where that is all, announces.
  Result<Outcome> carry_out(Plan plan, const Contents* now,
                            const std::vector<const NewTarget*>& files);
  Status sign(Act& act, const Rules& rules);
  Status check_online_keys(const Rules& rules) const;
  Status announce(const Contents* now, const Act& act, const Rules& rules);
  bool can_bridge(const Contents& now, const Act& act, const Rules& rules) const;

  sys::FileSystem* disk_;
  sys::Clock* clock_;
  KeyRing* ring_;
  Path directory_;
  Lifetimes lifetimes_;
};

}  // namespace interlude::tuf
