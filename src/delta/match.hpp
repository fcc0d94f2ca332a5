#pragma once
// Matching: which stretch of the old files each stretch of the new ones came from.
//
// The idea is bsdiff's (Colin Percival, "Naive differences of executable code", 2003): where source
// code changed little, the new machine code is the old one shifted, with a few bytes in each
// address that differ. An exact match found through the suffix array is only the seed; it grows in
// both directions as long as more bytes agree than differ. The next seed is taken only where it
// explains clearly more than going on along the present shift does.

#include <cstdint>
#include <optional>
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

/// For each new file the old one that it is a *twin* of, if any: as long, and all but a few bytes
/// equal. Cost: linear.
std::vector<std::optional<std::size_t>> find_twins(std::span<const ByteView> old,
                                                   std::span<const ByteView> fresh);

/// Matches in the order of the new side, without overlaps there. `all_old` is `old`, one file after
/// the other; twins match as a whole.
/// Cost: one suffix array over `old` unless every new file has a twin; then a logarithmic search
/// per position of the new side that does not follow the present shift.
/// Errors: Cancelled; NoSpace (memory).
Result<std::vector<Match>> find_matches(std::span<const ByteView> old, ByteView all_old,
                                        std::span<const ByteView> fresh,
                                        std::span<const std::optional<std::size_t>> twins,
                                        const MakeOptions& options);

}  // namespace interlude::delta
