#pragma once
// Patches: from a set of old files to a set of new files, as few bytes as we can. Making and
// applying are separate targets (`delta_make`, `delta_apply`): a device carries only the second.
// The format is docs/formats/delta.md.
//
// One patch is solid: all new files of one component in one stream, each free to refer to any of
// the old files, and with no old files at all it is plain compression (a *full* payload).

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace interlude::delta {

/// Called now and then with the share done, 0 … 1, never falling, by one thread at a time but not
/// always the same. Returning false interrupts (Cancelled) once the stretch under way is packed.
using Progress = std::function<bool(double done)>;

struct MakeOptions {
  unsigned threads = 0;  ///< 0: one per processor. The bytes that come out do not depend on it.
  Progress progress = {};
};

/// A patch that rebuilds every file of `fresh`, in that order, from `old` (in the order `apply`
/// will get them). Deterministic: same input and library versions, same bytes. Never larger than
/// compressing `fresh` by itself (plus the header). Errors: Cancelled; NoSpace (input beyond what
/// the suffix array can index).
Result<Bytes> make(std::span<const ByteView> old, std::span<const ByteView> fresh,
                   const MakeOptions& options);

/// What a patch may cost the device. Everything is checked before it is allocated or written.
struct Limits {
  std::uint64_t memory_bytes = 512ULL << 20U;  ///< beyond the old files, which the caller maps
};

/// Takes the new files in order, piece by piece: `file` counts from 0 and never falls. An empty
/// file comes as one empty piece. An error ends the application.
using OutputSink = std::function<Status(std::size_t file, ByteView piece)>;

/// Rebuilds the new files. `sizes` are their exact sizes, known from something trusted (a signed
/// manifest): a patch that says otherwise, in number or size, is refused before anything is
/// produced. Errors: Corrupt (malformed patch, reference outside the old files), NoSpace (limits
/// exceeded), and the sink's. Cost: linear in the old and new sizes. Digests of old and new files
/// are the caller's to check.
Status apply(std::span<const ByteView> old, ByteView patch, std::span<const std::uint64_t> sizes,
             const Limits& limits, const OutputSink& sink);

}  // namespace interlude::delta
