#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "sys/clock.hpp"
#include "sys/random.hpp"

namespace interlude::sys {
namespace {

TEST(Time, ReadsBackWhatItWrites) {
  for (const char* text : {"2026-11-24T06:52:09Z", "1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z",
                           "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    const Result<Time> time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_text(*time), text);
  }
  EXPECT_EQ(parse_time("1970-01-02T00:00:01Z")->time_since_epoch().count(), 86401);
}

TEST(Time, RefusesEveryOtherForm) {
  for (const char* text :
       {"", "2026-11-24", "2026-11-24T06:52:09", "2026-11-24T06:52:09z", "2026-11-24 06:52:09Z",
        "2026-11-24T06:52:09.5Z", "2026-11-24T06:52:09+00:00", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
        "+026-01-01T00:00:00Z", "20260-1-01T00:00:00Z", "2026-11-24T06:52:09Z "}) {
    const Result<Time> time = parse_time(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().kind(), ErrorKind::Corrupt);
  }
}

/// Gives the numbers it was made with, in turn.
class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(std::vector<std::uint64_t> values) : values_(std::move(values)) {}
  Bytes bytes(std::size_t count) override {
    Bytes drawn(count);
    std::memcpy(drawn.data(), &values_.at(next_++), count);
    return drawn;
  }

 private:
  std::vector<std::uint64_t> values_;
  std::size_t next_ = 0;
};

TEST(Uniform, DrawsAgainWhereSmallValuesWouldBeLikelier) {
  ScriptedRandom random({~std::uint64_t{0}, 17});
  EXPECT_EQ(uniform(random, 10), 7U);
}

TEST(Uniform, OfOneIsAlwaysZero) {
  ScriptedRandom random({123456789});
  EXPECT_EQ(uniform(random, 1), 0U);
}

}  // namespace
}  // namespace interlude::sys
