#pragma once
// Finds the longest stretch of a text that begins like a given pattern: a suffix array, searched by
// halving.

#include <cstdint>
#include <functional>
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

  /// What a place at some distance must have in common more than one right here.
  using Cost = std::function<std::int64_t(std::uint64_t position)>;
  /// A place of the text whose common beginning with `pattern` is worth most: its length − its
  /// cost. Looked at are the places with the longest ones and some that have nearly as much.
  Found best(ByteView pattern, const Cost& cost) const;

 private:
  template <class Number>
  Found search(const std::vector<Number>& order, ByteView pattern, const Cost& cost) const;
  void count_pairs();

  explicit SuffixIndex(ByteView text) : text_(text) {}

  ByteView text_;
  std::variant<std::vector<std::int32_t>, std::vector<std::int64_t>> order_;
  std::vector<std::uint64_t> pair_begin_;  ///< where the suffixes begin that start with two bytes
};

/// How many bytes two stretches have in common from their beginning.
std::uint64_t common_prefix(ByteView left, ByteView right);

}  // namespace interlude::delta
