#pragma once
// What a repository announces now, read back from its own public folder and verified.
//
// A publisher may have been interrupted between a new root and the timestamp that goes with it.
// What the newest root's keys did not sign, but an earlier root's did, is therefore taken, too: it
// is this publisher's own, and the next thing announced is signed as the newest root says.

#include <map>
#include <string>

#include "sys/file_system.hpp"
#include "tuf/metadata.hpp"

namespace interlude::tuf {

/// Everything that is announced at one moment.
struct Contents {
  Verified<Root> root;
  Verified<Timestamp> timestamp;
  Verified<Snapshot> snapshot;
  Verified<Targets> targets;
  std::map<std::string, Verified<Targets>> lists;  ///< delegated roles by name

  /// "targets" or a delegated role.
  const Verified<Targets>& list(const std::string& role) const {
    return role == Targets::kType ? targets : lists.at(role);
  }
};

/// The version of the newest root in a folder of metadata; 0 where there is none.
std::uint64_t newest_root(sys::FileSystem& disk, const Path& metadata);

/// Expiry is not looked at. Errors: NotFound (no repository, or a file is missing), Untrusted,
/// Corrupt.
Result<Contents> read_contents(sys::FileSystem& disk, const Path& metadata);

/// The "signed" part of a file that was verified.
json::Value signed_part(ByteView file);

}  // namespace interlude::tuf
