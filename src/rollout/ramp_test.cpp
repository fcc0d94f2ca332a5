#include "rollout/ramp.hpp"

#include <gtest/gtest.h>

#include "rollout/test_case.hpp"

namespace interlude::rollout {
namespace {

using namespace std::chrono_literals;

const Schedule kNormal = profile(Urgency::Normal, kStart);

TEST(Ramp, RisesInStepsAndNeverFalls) {
  BasisPoints before = 0;
  for (auto gone = -60min; gone < 40h; gone += 1min) {
    const BasisPoints now = reach(kNormal, 0min, {}, kStart + gone);
    EXPECT_GE(now, before);
    before = now;
  }
  EXPECT_EQ(before, kEverybody);
  EXPECT_EQ(reach(kNormal, 0min, {}, kStart - 1s), 0);
  EXPECT_EQ(reach(kNormal, 0min, {}, kStart), 100);
  EXPECT_EQ(reach(kNormal, 0min, {}, kStart + 4h - 1s), 100);
  EXPECT_EQ(reach(kNormal, 0min, {}, kStart + 4h), 500);
  EXPECT_EQ(reach(kNormal, 120min, {}, kStart + 5h), 100);
}

TEST(Ramp, HasItsTurnWhereItsReachSaysSo) {
  for (const BasisPoints place : {0U, 99U, 100U, 499U, 2000U, 4999U, 9999U}) {
    const auto turn = turn_of(kNormal, 45min, {}, kEverybody, place);
    ASSERT_TRUE(turn);
    EXPECT_LT(place, reach(kNormal, 45min, {}, *turn));
    EXPECT_GE(place, reach(kNormal, 45min, {}, *turn - 1s));
  }
  EXPECT_FALSE(turn_of(kNormal, 0min, {}, 2000, 2000));
  EXPECT_TRUE(turn_of(kNormal, 0min, {}, 2000, 1999));
  EXPECT_FALSE(turn_of(kNormal, 0min, {}, 0, 0));
}

TEST(Ramp, GoesByRingsWhereTheScheduleDoes) {
  const Schedule rings = ring_profile(kStart, 3, 600min);
  EXPECT_EQ(turn_of(rings, 0min, 0, kEverybody, 9999), kStart);
  EXPECT_EQ(turn_of(rings, 0min, 1, kEverybody, 0), kStart + 10h);
  EXPECT_EQ(turn_of(rings, 0min, {}, kEverybody, 0), kStart + 20h);  // no ring: the last
  EXPECT_EQ(turn_of(rings, 0min, 7, kEverybody, 0), kStart + 20h);  // a ring nobody knows: the last
  EXPECT_EQ(reach(rings, 0min, 1, kStart + 9h), 0);
  EXPECT_EQ(reach(rings, 0min, 1, kStart + 10h), kEverybody);
}

// 1970 (a dead battery), ten years ahead, a step back while running.
TEST(Ramp, ClampsWrongClocks) {
  const Known known{"keys", kStart, kStart + 24h, kStart, {}};
  EXPECT_EQ(present(at("1970-01-01T00:00:00Z"), false, known), kStart);
  EXPECT_EQ(present(at("1970-01-01T00:00:00Z"), true, known), at("1970-01-01T00:00:00Z"));
  EXPECT_EQ(ramp_time(at("2036-01-01T00:00:00Z"), known, true, 0h), kStart + 24h);
  EXPECT_EQ(present(kStart + 10h, false, known), kStart + 10h);
  EXPECT_EQ(present(kStart - 10h, false, known), kStart);
}

TEST(Ramp, StandsStillWhereItsDataCannotBeRenewed) {
  const Known known{"keys", kStart, kStart + 24h, kStart + 2h, {}};
  EXPECT_EQ(ramp_time(kStart + 9h, known, false, 0h), kStart + 2h);
  EXPECT_EQ(ramp_time(kStart + 9h, known, false, 5h), kStart + 7h);
  EXPECT_EQ(ramp_time(kStart + 9h, known, true, 0h), kStart + 9h);
}

TEST(Ramp, LearnsShiftsThatOnlyGrow) {
  const Bounds bounds{"keys", kStart + 5h, kStart + 5h, 0s, {{kId, kStart}}};
  Announcement said{kStart + 5h, kStart + 20h, {{kId, TestCase::entry()}}};
  said.entries.at(kId).shift = 120min;
  const Known once = learn({}, said, bounds);
  EXPECT_EQ(once.entries.at(kId).shift, 120min);
  said.entries.at(kId).shift = 0min;
  EXPECT_EQ(learn(once, said, bounds).entries.at(kId).shift, 120min);
}

TEST(Ramp, RemembersAWithdrawalThatIsLeftOut) {
  const Bounds bounds{"keys", kStart, kStart + 5h, 0s, {{kId, kStart}}};
  Announcement said{kStart, kStart + 20h, {{kId, TestCase::entry()}}};
  said.entries.at(kId).progress = Progress::Withdrawn;
  const Known once = learn({}, said, bounds);
  said.entries.clear();
  EXPECT_EQ(learn(once, said, bounds).entries.at(kId).progress, Progress::Withdrawn);
}

}  // namespace
}  // namespace interlude::rollout
