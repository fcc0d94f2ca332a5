#pragma once
// Bytes as values, views of them, and a cursor that cannot run past their end.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace interlude {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

Bytes to_bytes(std::string_view text);
std::string to_text(ByteView bytes);
/// The bytes seen as characters, without a copy; valid as long as `bytes` is.
std::string_view as_text(ByteView bytes);
ByteView as_bytes(std::string_view text);

/// Reads untrusted bytes front to back. Every call checks that enough is left; past the end it is
/// Corrupt.
class ByteReader {
 public:
  /// `what` names the input in errors, e.g. "patch header".
  ByteReader(ByteView bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  std::uint64_t position() const { return position_; }
  std::uint64_t left() const { return bytes_.size() - position_; }

  Result<ByteView> take(std::uint64_t count);
  Result<std::uint8_t> u8();
  /// Unsigned LEB128, at most 64 bits, shortest form only: a longer encoding of the same value is
  /// Corrupt.
  Result<std::uint64_t> varint();
  /// Corrupt if anything is left.
  Status finish() const;

 private:
  ByteView bytes_;
  std::string_view what_;
  std::uint64_t position_ = 0;
};

/// Appends the shortest unsigned LEB128 form of `value`.
void append_varint(Bytes& out, std::uint64_t value);
void append(Bytes& out, ByteView more);

}  // namespace interlude
