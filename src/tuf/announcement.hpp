#pragma once
// The last two steps of every announcement: a snapshot that names the version of every list, and
// the timestamp that names the snapshot.
//
// What the snapshot says about targets.json, and the timestamp about the snapshot, has length and
// hash. For the delegated lists it is the version alone: they are signed by offline keys, and
// each says which list it is, so that name and version fix the bytes; a device of one platform pays
// for the name and number of each other one, and not for a hash of it.

#include <map>
#include <string>
#include <vector>

#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "tuf/act.hpp"

namespace interlude::tuf {

class Announcement {
 public:
  /// What follows upon `now`, or the first one where that is null.
  Announcement(sys::FileSystem& disk, KeyRing& ring, Path metadata, const Contents* now);

  /// The list's file, written before. Any role but root.
  void set_list(const std::string& role, std::uint64_t version, ByteView raw);

  /// Writes the next snapshot and timestamp. Untrusted or NotFound where `rules` are not met with
  /// the keys of the ring.
  Status write(const Rules& rules, sys::Time moment, const Lifetimes& lifetimes);

 private:
  Result<Draft> signed_draft(const std::string& role, std::uint64_t version, json::Value meta,
                             const Rules& rules, sys::Time moment, const Lifetimes& lifetimes);

  sys::FileSystem* disk_;
  KeyRing* ring_;
  Path metadata_;
  json::Value meta_ = json::Value::object();  ///< of the snapshot
  std::uint64_t snapshot_version_ = 0;
  std::uint64_t timestamp_version_ = 0;
};

}  // namespace interlude::tuf
