#pragma once
// Text from anywhere, made fit to be shown and kept.

#include <string>
#include <string_view>

namespace interlude {

/// The front of `text` that has at most `most_bytes` bytes and does not end within a character.
std::string_view first_characters(std::string_view text, std::size_t most_bytes);

/// `text` as UTF-8 that does nothing to a terminal: what is no character, controls (C0, DEL, C1)
/// and what turns the direction of writing become '?', one for each byte or character.
std::string printable(std::string_view text);

}  // namespace interlude
