#pragma once
// The client side of The Update Framework 1.0: follows one repository through untrusted mirrors.
//
// A device trusts the root file it was provisioned with, and nothing else. From it follow, each
// verified by the one before: newer roots, the timestamp (what is newest), the snapshot (versions
// of all lists), the targets (which files, which delegated lists) and the delegated lists. What has
// been verified is kept byte for byte in one directory (root.json, timestamp.json, …), written in
// the order in which it was trusted, so that a power cut at any moment leaves a state from which
// the next update continues and in which nothing older is accepted than before.
//
// The decisions are pure functions (tuf/workflow.hpp); this class moves bytes between mirrors, disk
// and them. Numbers such as 5.4.3 are clauses of the specification.
//
// Errors common to all calls: Untrusted (signatures, versions, expiry), Corrupt (not the form,
// length or hash that was announced), NotFound and Unavailable (no mirror has it, or none answers),
// and what the disk reports. An error of one mirror makes the next one be tried, once each;
// reported is the one that tells most: a refusal rather than silence. Not safe for use by two
// processes at once.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "sys/transport.hpp"
#include "tuf/metadata.hpp"
#include "tuf/mirrors.hpp"
#include "tuf/target.hpp"

namespace interlude::tuf {

class Client {
 public:
  /// `directory` holds the trusted metadata and nothing else. The preferred mirror comes
  /// first. `reading` is about what comes from mirrors.
  Client(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock, Path directory,
         std::vector<Mirror> mirrors, Reading reading = Reading::Any);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Refuses (Corrupt, Untrusted) a root that is malformed or not signed by itself.
  static Status check_root(ByteView root);
  /// Provisions `directory` with the root to trust, checked as above; metadata that was there
  /// before is forgotten.
  static Status initialise(sys::FileSystem& disk, const Path& directory, ByteView root);

  /// Asks for news with one conditional GET of timestamp.json. False: the answer is what is stored,
  /// which is complete, verifies and has not expired: no further request is needed, and `delegated`
  /// and `find` work as after a refresh. True: call `refresh`, which uses the answer again.
  Result<bool> changed();

  /// Brings the four top-level roles up to date (5.1 to 5.6).
  Status refresh();

  /// Takes the trusted state from the disk, without network and whatever its expiry: for showing
  /// it, and for what is already known. `delegated` and `find` then read the disk only. NotFound
  /// where there never was a successful refresh.
  Status load();

  /// The list `role` that the top-level targets delegate to, with those of its targets that match
  /// the delegation's patterns. NotFound if there is no such delegation. No request is made where
  /// the stored one is current. After `changed`, `refresh` or `load`.
  Result<TargetsRole> delegated(const std::string& role);

  /// For another client, which trusts an older state and verifies it all again: the metadata that a
  /// mirror has as `file` ("3.root.json", "timestamp.json", "17.snapshot.json"), as it is trusted
  /// here now; a list may have to be fetched first. Roots: those that were new to this client, all
  /// of them, else Conflict. NotFound: there is none. After `changed` or `refresh`.
  Result<Bytes> metadata(const std::string& file);

  /// When the trusted timestamp expires. After `changed`, `refresh` or `load`.
  Result<sys::Time> timestamp_expires() const;

  /// The target `path`, searched through all delegations in order (5.6.7). NotFound if no list that
  /// may speak for it has it.
  Result<Target> find(const std::string& path);

  /// Makes `destination` the file `target`. What has come so far is kept in `destination`.partial
  /// across processes and mirrors and is hashed again before it is continued; nothing longer than
  /// announced is kept; only the exact length and hashes make it, synced, `destination`. No request
  /// if it already is there. `progress` gets the bytes done; false ends with Cancelled.
  Status download(const Target& target, const Path& destination,
                  const std::function<bool(std::uint64_t done)>& progress);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace interlude::tuf
