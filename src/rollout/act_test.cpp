#include "rollout/act.hpp"

#include <gtest/gtest.h>

#include "rollout/test_case.hpp"

namespace interlude::rollout {
namespace {

using namespace std::chrono_literals;

const Schedule kSchedule = profile(Urgency::Normal, kStart);

TEST(Acts, StartALateRolloutAtItsBeginning) {
  const Entry entry = *start(kSchedule, {}, kStart + 50h);
  EXPECT_EQ(reach(kSchedule, entry.shift, {}, kStart + 50h), 100);
  EXPECT_FALSE(start(kSchedule, entry, kStart + 50h));
}

TEST(Acts, ResumeWhereTheyPaused) {
  const Entry running = *start(kSchedule, {}, kStart);
  const Entry paused = *pause(running, "crashes", kStart + 5h);
  EXPECT_EQ(paused.reason, "crashes");
  EXPECT_FALSE(pause(paused, "", kStart + 5h));
  const Entry again = *resume(paused, kStart + 53h);
  EXPECT_EQ(again.shift, 48h);
  EXPECT_EQ(reach(kSchedule, again.shift, {}, kStart + 53h), 500);
  EXPECT_FALSE(resume(again, kStart + 54h));
}

TEST(Acts, WithdrawWhateverItsStateIs) {
  EXPECT_TRUE(withdraw({}, After::Keep, "r", kStart));
  const Entry kept = *withdraw(TestCase::entry(), After::Keep, "r", kStart);
  EXPECT_FALSE(withdraw(kept, After::Keep, "r", kStart));
  EXPECT_EQ(withdraw(kept, After::Revert, "r", kStart)->after, After::Revert);
  EXPECT_FALSE(resume(kept, kStart));
  EXPECT_FALSE(limit(kept, 100));
}

TEST(Acts, ExpediteWithoutClosingToAnybody) {
  Entry entry = TestCase::entry();
  entry.shift = 2h;
  for (const auto gone : {3h, 15h, 30h, 40h}) {
    const sys::Time now = kStart + gone;
    const Schedule faster = expedited(kSchedule, entry, now);
    EXPECT_GE(reach(faster, entry.shift, {}, now), reach(kSchedule, entry.shift, {}, now));
    EXPECT_EQ(reach(faster, entry.shift, {}, now + 3h), kEverybody);
    const json::Value value = to_json(faster);
    EXPECT_TRUE(parse_schedule(json::Reader(value, ""))) << gone.count();
  }
}

TEST(Acts, KnowWhatWasReachedAtMost) {
  TestCase it;
  EXPECT_EQ(reached(it.improvement, {}, kStart + 5h), 0);
  EXPECT_EQ(reached(it.improvement, TestCase::entry(), kStart + 5h), 500);
  const Entry stopped = *pause(TestCase::entry(), "", kStart + 5h);
  EXPECT_EQ(reached(it.improvement, stopped, kStart + 30h), 500);
  it.improvement.schedule.reset();
  EXPECT_EQ(reached(it.improvement, {}, kStart), kEverybody);
}

}  // namespace
}  // namespace interlude::rollout
