#pragma once
// Debian binary packages, read in memory: an ar archive of control.tar.* and data.tar.*. Nothing is
// unpacked to disk.

#include "publish/tree.hpp"

namespace interlude::publish {

/// One package's files, as its data archive names them (under /lib, where it says so), with owners
/// and modes from there; hard links become files of equal content.
/// Errors: Corrupt, with `name`; NoSpace beyond kLargestDeb.
Result<Tree> read_deb(ByteView deb, const std::string& name);

inline constexpr std::uint64_t kLargestDeb = 4ULL << 30U;  ///< packed or unpacked, in bytes

/// The content of a gzip file, at most `limit_bytes` of it (NoSpace beyond).
Result<Bytes> gunzip(ByteView packed, std::uint64_t limit_bytes);

}  // namespace interlude::publish
