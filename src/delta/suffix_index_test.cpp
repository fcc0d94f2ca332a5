#include "delta/suffix_index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace interlude::delta {
namespace {

std::uint64_t longest_by_trying(ByteView text, ByteView pattern) {
  std::uint64_t best = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    best = std::max(best, common_prefix(text.subspan(at), pattern));
  }
  return best < 2 ? 0 : best;
}

TEST(SuffixIndex, FindsTheLongestAgreementThereIs) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    // Few letters make long repetitions; the highest byte value is where pairs end.
    const std::vector<std::uint8_t> letters{0, 1, 0xfe, 0xff};
    const std::size_t alphabet = 1 + random() % letters.size();
    const auto text_of = [&](std::size_t size) {
      Bytes text(size);
      for (std::uint8_t& byte : text) byte = letters[random() % alphabet];
      return text;
    };
    const Bytes text = text_of(random() % 300);
    const Result<SuffixIndex> index = SuffixIndex::build(text);
    ASSERT_TRUE(index);
    for (int i = 0; i < 20; ++i) {
      const Bytes pattern = text_of(random() % 40);
      const SuffixIndex::Found found = index->best(pattern, [](std::uint64_t) { return 0; });
      EXPECT_EQ(found.length, longest_by_trying(text, pattern));
      if (found.length > 0) {
        EXPECT_EQ(common_prefix(ByteView(text).subspan(found.position), pattern), found.length);
      }
    }
  }
}

TEST(SuffixIndex, TakesTheCheaperOfPlacesThatHaveAboutAsMuch) {
  const Bytes text = to_bytes("..abcdefgh1..abcdefgh2..abcdef3..");
  const Bytes pattern = to_bytes("abcdefgh-");
  const Result<SuffixIndex> index = SuffixIndex::build(text);
  ASSERT_TRUE(index);
  const auto found = [&](std::uint64_t near) {
    return index
        ->best(pattern,
               [&](std::uint64_t position) { return position == near ? 0 : std::int64_t{10}; })
        .position;
  };
  EXPECT_EQ(found(2), 2U);
  EXPECT_EQ(found(13), 13U);
  EXPECT_EQ(found(24), 24U);  // two bytes less, but ten bytes cheaper
}

TEST(CommonPrefix, CountsToTheFirstDifference) {
  const Bytes left(40, 7);
  for (std::size_t at = 0; at < left.size(); ++at) {
    Bytes right = left;
    right[at] = 8;
    EXPECT_EQ(common_prefix(left, right), at);
  }
  EXPECT_EQ(common_prefix(left, left), 40U);
  EXPECT_EQ(common_prefix(left, ByteView(left).first(13)), 13U);
  EXPECT_EQ(common_prefix(left, {}), 0U);
}

}  // namespace
}  // namespace interlude::delta
