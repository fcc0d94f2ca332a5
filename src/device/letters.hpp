#pragma once
// Letters as the device's own files hold them: as text, which may be empty or damaged.

#include <optional>
#include <string>

#include "improvement/letter.hpp"

namespace interlude::device {

/// Nothing where `text` is no letter.
inline std::optional<improvement::Letter> letter_from(const std::string& text) {
  const auto letter = improvement::Letter::parse(text);
  if (!letter) return std::nullopt;
  return *letter;
}

/// False where one of the two is no letter.
inline bool is_older(const std::string& letter, const std::string& than) {
  const auto left = letter_from(letter);
  const auto right = letter_from(than);
  return left && right && *left < *right;
}

}  // namespace interlude::device
