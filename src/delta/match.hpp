#pragma once
// Matching: which stretch of the old files each stretch of the new ones came from.
//
// The idea is bsdiff's (Colin Percival, "Naive differences of executable code", 2003): where source
// code changed little, the new machine code is the old one shifted, with a few bytes in each
// address that differ. An exact match found through the suffix array is only the seed; it grows in
// both directions as long as more bytes agree than differ. The next seed is taken only where it
// explains clearly more than going on along the present shift does.

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "delta/delta.hpp"

namespace interlude::delta {

/// `length` bytes of the new side resemble as many of the old side. Positions count over all files
/// as if they were one.
struct Match {
  std::uint64_t fresh = 0;
  std::uint64_t old = 0;
  std::uint64_t length = 0;
};

/// Matches in the order of the new side, without overlaps there. `all_old` is `old`, one file after
/// the other.
/// Cost: one suffix array over `old` unless every new file is an old one with a few bytes changed;
/// then a logarithmic search per position of the new side that does not follow the present shift.
/// Errors: Cancelled; NoSpace (memory).
Result<std::vector<Match>> find_matches(std::span<const ByteView> old, ByteView all_old,
                                        std::span<const ByteView> fresh,
                                        const MakeOptions& options);

}  // namespace interlude::delta
