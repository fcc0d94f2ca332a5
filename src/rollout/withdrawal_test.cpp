#include "rollout/withdrawal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollout/test_case.hpp"

namespace interlude::rollout {
namespace {

using namespace std::chrono_literals;
using Answer = TakeBack::Answer;

struct WithdrawnCase : TestCase {
  WithdrawnCase() {
    set_time(kStart + 5h);
    known() = {Progress::Withdrawn, kStart + 3h, kEverybody, minutes(0), After::Revert, "crashes"};
  }
  TakeBack answer() const { return take_back(improvement, publisher, policy, device, past); }
  Past past;
};

TEST(TakeBack, LeavesAloneWhatIsNotWithdrawn) {
  WithdrawnCase it;
  it.known().progress = Progress::Paused;
  EXPECT_EQ(it.answer().answer, Answer::No);
}

TEST(TakeBack, GoesBackWithinAnHour) {
  WithdrawnCase it;
  EXPECT_EQ(it.answer().answer, Answer::Now);
  it.set_time(kStart + 3h);
  const TakeBack early = it.answer();
  EXPECT_EQ(early.answer, Answer::Later);
  EXPECT_LE(*early.at, kStart + 4h);
}

TEST(TakeBack, KeepsWhereItsPublisherOrThePolicySaysSo) {
  WithdrawnCase it;
  it.policy.allow_remote_revert = false;
  EXPECT_EQ(it.answer().answer, Answer::Kept);
  it.policy.allow_remote_revert = true;
  it.known().after = After::Keep;
  EXPECT_EQ(it.answer().answer, Answer::Kept);
  EXPECT_THAT(it.answer().sentence, testing::HasSubstr("crashes"));
}

TEST(TakeBack, RecallsByTheOfflineKeyAtAnyTime) {
  WithdrawnCase it;
  it.set_time(kStart + 1000h);
  EXPECT_EQ(it.answer().answer, Answer::Kept);
  it.improvement.recall = Recall{kStart + 999h - 2h, After::Revert, "the wrong file"};
  it.past.last_revert = kStart + 999h;
  EXPECT_EQ(it.answer().answer, Answer::Now);
}

}  // namespace
}  // namespace interlude::rollout
