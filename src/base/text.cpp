#include "base/text.hpp"

#include <cstdint>

namespace interlude {
namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0;  ///< 0: there is none
};

/// The character that `text` begins with. RFC 3629: the shortest form only, no surrogates.
Character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead < 0xC2   ? 0
                            : lead < 0xE0 ? 2
                            : lead < 0xF0 ? 3
                            : lead < 0xF5 ? 4
                                          : 0;
  if (bytes == 0 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0x7FU >> bytes);
  for (std::size_t at = 1; at < bytes; ++at) {
    if (!is_continuation(text[at])) return {};
    code = code << 6U | (static_cast<unsigned char>(text[at]) & 0x3FU);
  }
  const std::uint32_t least = bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000;
  const bool is_surrogate = code >= 0xD800 && code < 0xE000;
  if (code < least || code > 0x10FFFF || is_surrogate) return {};
  return {code, bytes};
}

bool is_harmless(std::uint32_t code) {
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return false;
  const bool turns = code == 0x61C || code == 0x200E || code == 0x200F ||
                     (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool breaks_lines = code == 0x2028 || code == 0x2029;
  return !turns && !breaks_lines;
}

}  // namespace

std::string_view first_characters(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  std::size_t end = most_bytes;
  while (end > 0 && is_continuation(text[end])) --end;
  return text.substr(0, end);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = first_of(text);
    if (character.bytes > 0 && is_harmless(character.code)) {
      out += text.substr(0, character.bytes);
    } else {
      out += '?';
    }
    text.remove_prefix(character.bytes > 0 ? character.bytes : 1);
  }
  return out;
}

}  // namespace interlude
