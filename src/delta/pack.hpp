#pragma once
// Packing streams: every stream is tried in several ways and the smallest is kept.

#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "delta/delta.hpp"

namespace interlude::delta {

/// What a stream holds decides what is tried.
enum class Content {
  Numbers,      ///< control: small numbers
  Differences,  ///< mostly small values, in fields of four
  Files,        ///< whole files or pieces of them
};

struct RawStream {
  ByteView bytes;
  Content content = Content::Files;
};

/// Heads and packed bytes of all streams, one after the other, as `read_stream` reads them.
/// Cost: about a second per MB and stream. Errors: Cancelled; NoSpace (memory).
Result<Bytes> pack(std::span<const RawStream> streams, const MakeOptions& options);

/// About the size that packing would come to, at 200 MB/s: an upper bound.
std::uint64_t quick_packed_size(ByteView bytes);

}  // namespace interlude::delta
