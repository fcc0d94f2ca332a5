#pragma once
// Streams: the parts of a patch, each compressed by itself in the way that suits it best.
//
// A patch for one changed function is a few dozen bytes, so a stream brings no container: no magic,
// no checksum (the caller's digests are stronger), no dictionary size. Sizes are known from the
// head of the stream and bounded by what the whole patch may produce; the dictionary follows from
// the size.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.hpp"

namespace interlude::delta {

/// How a stream is packed. The values are part of the format.
enum class Codec : std::uint8_t {
  Stored = 0,
  Lzma = 1,       ///< one byte of properties, then LZMA without header and end marker
  Zstd = 2,       ///< one frame without its magic number
  LzmaX86 = 3,    ///< as Lzma, relative branches of x86 made absolute first
  LzmaArm64 = 4,  ///< the same for AArch64
};
inline constexpr unsigned kCodecBits = 3;

/// A stream as it lies in the patch.
struct PackedStream {
  Codec codec = Codec::Stored;
  std::uint64_t size = 0;  ///< unpacked
  ByteView packed;
};

/// The window that packing and unpacking `size` bytes use: 4 KiB … 64 MiB.
std::uint64_t window_bytes(std::uint64_t size);
/// The same as a power of two for zstd, rounded up.
int window_log(std::uint64_t size);

/// Reads one stream's head and finds its bytes. Corrupt if it claims more than `largest` bytes.
Result<PackedStream> read_stream(ByteReader& patch, std::uint64_t largest, std::string_view what);

/// Memory that unpacking takes, in bytes, known before anything is allocated.
std::uint64_t unpacking_memory(const PackedStream& stream);

/// Unpacks one stream front to back.
class StreamReader {
 public:
  static Result<std::unique_ptr<StreamReader>> open(const PackedStream& stream);

  virtual ~StreamReader() = default;
  /// Fills `out`. Corrupt if the stream is damaged or ends before.
  virtual Status read(std::span<std::uint8_t> out) = 0;
  /// Corrupt unless everything was read and the packed bytes are used up.
  virtual Status finish() = 0;
};

/// The whole stream at once, for those that are small by nature.
Result<Bytes> unpack(const PackedStream& stream);

}  // namespace interlude::delta
