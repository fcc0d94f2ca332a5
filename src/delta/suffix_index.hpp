#pragma once
// Finds the longest stretch of a text that begins like a given pattern: a suffix array, searched by
// halving.

#include <cstdint>
#include <variant>
#include <vector>

#include "base/bytes.hpp"

namespace interlude::delta {

class SuffixIndex {
 public:
  /// `text` is borrowed. Takes four bytes a byte of text below 2 GiB, eight above.
  /// Cost: about 0.15 s per MB. Errors: NoSpace (memory).
  static Result<SuffixIndex> build(ByteView text);

  struct Found {
    std::uint64_t position = 0;
    std::uint64_t length = 0;  ///< 0 where nothing of at least two bytes agrees
  };

  /// The longest common beginning of `pattern` and any place of the text.
  Found longest(ByteView pattern) const;

 private:
  template <class Number>
  Found search(const std::vector<Number>& order, ByteView pattern) const;
  void count_pairs();

  explicit SuffixIndex(ByteView text) : text_(text) {}

  ByteView text_;
  std::variant<std::vector<std::int32_t>, std::vector<std::int64_t>> order_;
  std::vector<std::uint64_t> pair_begin_;  ///< where the suffixes begin that start with two bytes
};

/// How many bytes two stretches have in common from their beginning.
std::uint64_t common_prefix(ByteView left, ByteView right);

}  // namespace interlude::delta
