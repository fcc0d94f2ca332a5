#pragma once
// The trusted metadata on disk: ROLE.json, byte for byte as received, each replaced atomically and
// lasting before the next step; only verified metadata can be put there.

#include <cstdint>
#include <optional>
#include <string>

#include "sys/file_system.hpp"
#include "tuf/metadata.hpp"

namespace interlude::tuf {

/// Of every file that a client writes: what is signed or public is no secret.
inline constexpr std::uint32_t kFileMode = 0644;

class Store {
 public:
  Store(sys::FileSystem& disk, Path directory) : disk_(&disk), directory_(std::move(directory)) {}

  const Path& directory() const { return directory_; }
  Path file_of(std::string_view role) const;

  /// NotFound where there is none.
  Result<Bytes> read(std::string_view role) const;

  template <class T>
  Status save(std::string_view role, const Verified<T>& metadata) {
    return replace(role, metadata.raw());
  }

  /// Removes a role's file; no error where there is none.
  Status forget(std::string_view role);

  /// What a server called the stored timestamp, to be asked for no more than a newer one. It counts
  /// for this `url` and for exactly the bytes `timestamp`; empty where there is none.
  std::string etag(const std::string& url, ByteView timestamp) const;
  /// A convenience, not trusted and not synced: losing it costs one download.
  void remember_etag(const std::string& url, const std::string& etag, ByteView timestamp);

 private:
  Status replace(std::string_view role, ByteView raw);

  sys::FileSystem* disk_;
  Path directory_;
};

/// The most bytes a metadata file may have where nothing verified says how long it is.
std::uint64_t limit_of(std::string_view role);

}  // namespace interlude::tuf
