#include "device/schedule.hpp"

#include <gtest/gtest.h>

#include "sys/sim/random.hpp"

namespace interlude::device {
namespace {

using namespace std::chrono_literals;

TEST(Schedule, SpreadsPollsOverAThirdOfTheInterval) {
  sys::sim::Random random(1);
  for (int draw = 0; draw < 1000; ++draw) {
    const auto pause = until_next_poll(60min, random);
    EXPECT_GE(pause, 50min);
    EXPECT_LE(pause, 70min);
  }
}

TEST(Schedule, WaitsLongerTheMoreOftenAPollFails) {
  sys::sim::Random random(2);
  for (int draw = 0; draw < 200; ++draw) {
    for (std::uint64_t failures = 1; failures < 100; ++failures) {
      const auto doubled = 15min * (1ULL << std::min<std::uint64_t>(failures - 1, 10));
      const auto pause = back_off(failures, std::nullopt, random);
      EXPECT_GE(pause, std::min<std::chrono::seconds>(doubled, 24h)) << failures;
      EXPECT_LE(pause, std::min<std::chrono::seconds>(2 * doubled, 24h)) << failures;
    }
  }
}

TEST(Schedule, DoesAsTheServerAsksUpToADay) {
  sys::sim::Random random(3);
  EXPECT_EQ(back_off(5, 42, random), 42s);
  EXPECT_EQ(back_off(1, 1'000'000'000, random), 24h);
}

TEST(Schedule, AsksAFewMinutesAfterAStart) {
  sys::sim::Random random(4);
  for (int draw = 0; draw < 1000; ++draw) {
    const auto pause = until_first_poll(random);
    EXPECT_GE(pause, 1min);
    EXPECT_LE(pause, 10min);
  }
}

}  // namespace
}  // namespace interlude::device
