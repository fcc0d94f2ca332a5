#include "rollout/exposure.hpp"

#include <gtest/gtest.h>

#include "rollout/test_case.hpp"

namespace interlude::rollout {
namespace {

using namespace std::chrono_literals;

TEST(Exposure, IsTheStepThatWasReached) {
  const Schedule schedule = profile(Urgency::Normal, kStart);
  EXPECT_EQ(exposure(schedule, 90min, 60min).at_most, 100);
  EXPECT_EQ(exposure(schedule, 90min, 60min).expected, 100);
  EXPECT_EQ(exposure(schedule, 5h, 1h).at_most, 500);
  EXPECT_EQ(exposure(schedule, 4h + 30min, 60min).expected, 300);
  EXPECT_EQ(exposure(schedule, 0s, 60min).expected, 0);
}

TEST(Exposure, EndsWithinOnePoll) {
  const Schedule schedule = profile(Urgency::Normal, kStart);
  EXPECT_EQ(exposure(schedule, 5h, 60min).goes_back, 70min);
  EXPECT_EQ(exposure(schedule, 5h, 10min).goes_back, 1h);
}

}  // namespace
}  // namespace interlude::rollout
