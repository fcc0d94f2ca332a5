#include "serve/conditions.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace interlude::serve {

void PrintTo(const Range& range, std::ostream* out) {
  *out << static_cast<int>(range.kind) << " " << range.span.offset << "+" << range.span.length;
}

namespace {

constexpr std::uint64_t kSize = 10;

Range part(std::uint64_t offset, std::uint64_t length) {
  return {RangeKind::Part, {offset, length}};
}

TEST(Range, GivesThePartAskedForAsFarAsThereIsOne) {
  EXPECT_EQ(parse_range("bytes=0-", kSize), part(0, 10));
  EXPECT_EQ(parse_range("bytes=4-", kSize), part(4, 6));
  EXPECT_EQ(parse_range("bytes=4-4", kSize), part(4, 1));
  EXPECT_EQ(parse_range("bytes=4-99", kSize), part(4, 6));
  EXPECT_EQ(parse_range("bytes=-3", kSize), part(7, 3));
  EXPECT_EQ(parse_range("bytes=-99", kSize), part(0, 10));
  EXPECT_EQ(parse_range("bytes=0-18446744073709551615", kSize), part(0, 10));
}

TEST(Range, IsUnsatisfiableAtOrBeyondTheEnd) {
  const Range nothing{RangeKind::Unsatisfiable, {}};
  EXPECT_EQ(parse_range("bytes=10-", kSize), nothing);
  EXPECT_EQ(parse_range("bytes=10-20", kSize), nothing);
  EXPECT_EQ(parse_range("bytes=-0", kSize), nothing);
  EXPECT_EQ(parse_range("bytes=0-", 0), nothing);
  EXPECT_EQ(parse_range("bytes=-5", 0), nothing);
}

TEST(Range, IsIgnoredWhereItIsNotUnderstood) {
  const Range whole{RangeKind::Whole, {0, kSize}};
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=x-", "bytes=1-x", "bytes=5-4", "bytes=1-2,4-5",
        "bytes=--1", "bytes=+1-", "lines=1-2", "bytes=18446744073709551616-", "bytes 1-2"}) {
    EXPECT_EQ(parse_range(header, kSize), whole) << header;
  }
}

TEST(Etag, MatchesAloneInAListWeaklyAndByStar) {
  for (const char* header :
       {"\"a\"", "W/\"a\"", "\"x\", \"a\"", " \"x\",W/\"a\" ", "*", "\"x\",*"}) {
    EXPECT_TRUE(names_etag(header, "\"a\"")) << header;
  }
  for (const char* header : {"", "a", "\"A\"", "\"ab\"", ",", "\"a\"x", "W/a"}) {
    EXPECT_FALSE(names_etag(header, "\"a\"")) << header;
  }
}

}  // namespace
}  // namespace interlude::serve
