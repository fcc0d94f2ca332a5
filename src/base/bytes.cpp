#include "base/bytes.hpp"

#include <fmt/format.h>

namespace interlude {

Bytes to_bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string to_text(ByteView bytes) {
  return std::string(as_text(bytes));
}

std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Result<ByteView> ByteReader::take(std::uint64_t count) {
  if (count > left()) {
    return fail(ErrorKind::Corrupt, fmt::format("{} ends at byte {}, {} more expected", what_,
                                                bytes_.size(), count - left()));
  }
  const ByteView taken = bytes_.subspan(position_, count);
  position_ += count;
  return taken;
}

Result<std::uint8_t> ByteReader::u8() {
  const Result<ByteView> byte = take(1);
  if (!byte) return std::unexpected(byte.error());
  return (*byte)[0];
}

Result<std::uint64_t> ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const Result<std::uint8_t> byte = u8();
    if (!byte) return std::unexpected(byte.error());
    const std::uint64_t bits = *byte & 0x7fU;
    const bool overflows = shift == 63 && bits > 1;
    const bool overlong = *byte == 0 && shift > 0;
    if (overflows || overlong) break;
    value |= bits << shift;
    if ((*byte & 0x80U) == 0) return value;
  }
  return fail(ErrorKind::Corrupt,
              fmt::format("{} has a malformed number before byte {}", what_, position_));
}

Status ByteReader::finish() const {
  if (left() == 0) return {};
  return fail(ErrorKind::Corrupt, fmt::format("{} has {} bytes after its end", what_, left()));
}

void append_varint(Bytes& out, std::uint64_t value) {
  while (value >= 0x80U) {
    out.push_back(static_cast<std::uint8_t>(value | 0x80U));
    value >>= 7U;
  }
  out.push_back(static_cast<std::uint8_t>(value));
}

void append(Bytes& out, ByteView more) {
  out.insert(out.end(), more.begin(), more.end());
}

}  // namespace interlude
