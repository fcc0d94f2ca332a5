#pragma once
// What a patch file for folders knows of a folder: which paths there are, of what kind, with which
// mode and size; in one canonical form, so that two folders are the same exactly when the bytes of
// their listings and files are.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/path.hpp"
#include "crypto/digest.hpp"

namespace interlude::delta {

struct TreeEntry {
  /// The values are part of the format.
  enum class Kind : std::uint8_t { File = 0, Directory = 1, Link = 2 };

  Kind kind = Kind::File;
  Path path = {};           ///< canonical
  std::uint32_t mode = 0;   ///< 07777; 0 for links
  std::uint64_t size = 0;   ///< files
  std::string target = {};  ///< links

  bool operator==(const TreeEntry&) const = default;
};

/// Sorted by path, byte by byte; a directory before what is in it. Owners, times, attributes and
/// hard links are not kept. One entry with an empty path is a single file.
using Listing = std::vector<TreeEntry>;

/// A listing with the contents of its files, in the listing's order. The contents are borrowed.
struct Tree {
  Listing listing;
  std::vector<ByteView> contents;
};

/// The tree that is one single file; its name and mode are of no interest.
Tree single_file(ByteView content);

Bytes serialize(const Listing& listing);
/// Corrupt unless it is what `serialize` makes of a listing as described above.
Result<Listing> parse_listing(ByteView bytes);

std::vector<std::uint64_t> file_sizes(const Listing& listing);

/// SHA-256 over the listing, then all contents.
crypto::Sha256 digest_of(const Tree& tree);

}  // namespace interlude::delta
