#include "improvement/letter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/path.hpp"

namespace interlude::improvement {
namespace {

constexpr std::size_t kLongestLetter = 4;

}  // namespace

Result<Letter> Letter::parse(std::string_view text) {
  const bool good = !text.empty() && text.size() <= kLongestLetter &&
                    std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
  if (good) return Letter(std::string(text));
  return fail(ErrorKind::Invalid,
              fmt::format("\"{}\" is not a letter: expected a … z, aa … zzzz", text.substr(0, 40)));
}

std::strong_ordering operator<=>(const Letter& left, const Letter& right) {
  const std::strong_ordering by_length = left.text_.size() <=> right.text_.size();
  return by_length != std::strong_ordering::equal ? by_length : left.text_ <=> right.text_;
}

std::string Id::text() const {
  return fmt::format("{}/{}/{}/{}", source, platform, baseline, letter.text());
}

Result<Id> Id::parse(std::string_view text) {
  std::array<std::string_view, 4> parts;
  std::size_t count = 0;
  for (std::size_t start = 0; start <= text.size(); ++count) {
    const std::size_t end = std::min(text.find('/', start), text.size());
    if (count < parts.size()) parts[count] = text.substr(start, end - start);
    start = end + 1;
  }
  if (count != parts.size()) {
    return fail(ErrorKind::Invalid, fmt::format("\"{}\" is not an improvement's id: expected "
                                                "SOURCE/PLATFORM/BASELINE/LETTER",
                                                text.substr(0, 400)));
  }
  constexpr std::array<std::string_view, 3> kFields = {"source", "platform", "baseline"};
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (const Status good = check_name(parts[i], kFields[i]); !good) {
      return std::unexpected(good.error());
    }
  }
  Result<Letter> letter = Letter::parse(parts[3]);
  if (!letter) return std::unexpected(letter.error());
  return Id{std::string(parts[0]), std::string(parts[1]), std::string(parts[2]),
            std::move(*letter)};
}

std::string role_name(std::string_view platform, std::string_view baseline) {
  return fmt::format("{}-{}", platform, baseline);
}

}  // namespace interlude::improvement
