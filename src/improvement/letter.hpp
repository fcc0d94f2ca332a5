#pragma once
// Letters: (a), (b) … (z), (aa) …: ordered by length, then alphabet. And the identity of an
// improvement.

#include <compare>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace interlude::improvement {

/// One to four lower-case letters. Cumulative: "b" contains "a".
class Letter {
 public:
  /// Invalid unless 1 to 4 letters a–z.
  static Result<Letter> parse(std::string_view text);

  const std::string& text() const { return text_; }
  friend bool operator==(const Letter&, const Letter&) = default;
  friend std::strong_ordering operator<=>(const Letter& left, const Letter& right);

 private:
  explicit Letter(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// `SOURCE/PLATFORM/BASELINE/LETTER`, e.g. `local/debian-12-x86_64/12.11/a`. A published id never
/// gets other bytes.
struct Id {
  std::string source;
  std::string platform;
  std::string baseline;
  Letter letter;

  friend bool operator==(const Id&, const Id&) = default;
  std::string text() const;
  /// Invalid unless four parts, each a name, the last a letter.
  static Result<Id> parse(std::string_view text);
};

/// The delegated role that lists a baseline's improvements: `PLATFORM-BASELINE`.
std::string role_name(std::string_view platform, std::string_view baseline);

}  // namespace interlude::improvement
