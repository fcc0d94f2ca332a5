// What a stolen online key could do with rollouts, and may not: speed up, bring in, take back, or
// stop for good. docs/security/attacks.md lists attack, check and test.

#include <gmock/gmock.h>

#include "rollout/test_case.hpp"

namespace interlude::rollout {
namespace {

using namespace std::chrono_literals;
using Answer = TakeBack::Answer;

/// The device as a TestCase has it, and what an attacker signs as the rollout file.
class RolloutAttack : public testing::Test {
 protected:
  RolloutAttack() {
    it.place(300);  // its turn is four hours after the start
    said = {it.device.now, it.device.now + 20h, {{kId, TestCase::entry()}}};
    bounds = {
        "keys", it.device.now, it.device.now + timestamp_life, timestamp_life, {{kId, kStart}}};
  }

  void hear() { it.publisher.known = learn(it.publisher.known, said, bounds); }
  Entry& theirs() { return said.entries.at(kId); }
  TakeBack take_back_at(sys::Time now) {
    it.set_time(now);
    return take_back(it.improvement, it.publisher, it.policy, it.device, past);
  }
  void withdraw(sys::Time since) {
    theirs() = {Progress::Withdrawn, since, kEverybody, minutes(0), After::Revert, ""};
  }

  const std::chrono::hours timestamp_life{168};
  TestCase it;
  Announcement said;
  Bounds bounds;
  Past past;
};

TEST_F(RolloutAttack, SpeedUpByAnAsOfInTheFuture) {
  it.device.clock_synchronised = false;
  said.as_of = kStart + 100h;
  said.expires = kStart + 110h;
  hear();
  EXPECT_EQ(it.answer(), "ramp");
}

TEST_F(RolloutAttack, SpeedUpBeyondTheSchedule) {
  hear();
  EXPECT_EQ(it.answer(), "ramp");
}

TEST_F(RolloutAttack, SpeedUpByAShiftThatFalls) {
  it.set_time(kStart + 5h);
  bounds.now = it.device.now;
  bounds.timestamp_expires = it.device.now + timestamp_life;
  said.as_of = it.device.now;
  theirs().shift = 120min;
  hear();
  theirs().shift = 0min;
  hear();
  EXPECT_EQ(it.answer(), "ramp");
}

TEST_F(RolloutAttack, PoisonByAShiftBeyondAllTime) {
  theirs().shift = std::chrono::hours(24 * 365);
  hear();
  it.set_time(kStart + 5h);
  EXPECT_EQ(it.answer(), "go");
}

TEST_F(RolloutAttack, PoisonThatOutlivesTheStolenKey) {
  theirs().progress = Progress::Withdrawn;
  hear();
  bounds.signers = "the publisher's new keys";
  theirs().progress = Progress::Running;
  hear();
  it.set_time(kStart + 5h);
  EXPECT_EQ(it.answer(), "go");
}

TEST_F(RolloutAttack, NamingWhatThePlatformDoesNotList) {
  bounds.starts.clear();
  hear();
  EXPECT_FALSE(it.publisher.known.entries.contains(kId));
}

TEST_F(RolloutAttack, BringingBackWhatWasWithdrawn) {
  theirs().progress = Progress::Withdrawn;
  hear();
  theirs().progress = Progress::Running;
  hear();
  it.set_time(kStart + 40h);
  EXPECT_EQ(it.answer(), "withdrawn");
}

TEST_F(RolloutAttack, InstallingWhatIsWithdrawn) {
  it.place(0);
  theirs().progress = Progress::Withdrawn;
  hear();
  EXPECT_EQ(it.answer(), "withdrawn");
}

TEST_F(RolloutAttack, InstallingWhatIsPaused) {
  it.place(0);
  theirs().progress = Progress::Paused;
  hear();
  EXPECT_EQ(it.answer(), "paused");
}

TEST_F(RolloutAttack, InstallingWithoutRolloutData) {
  it.place(0);
  it.publisher.known.entries.clear();
  EXPECT_EQ(it.answer(), "rollout-data-missing");
}

TEST_F(RolloutAttack, AFileThatLivesForMonths) {
  const json::Value list = to_json(said);
  const auto read = parse_announcement(json::Reader(list, "rollout"), said.as_of + 25h);
  EXPECT_FALSE(read);
}

TEST_F(RolloutAttack, KillSwitchByWithholding) {
  hear();
  it.publisher.data = Publisher::Data::Stale;
  it.device.now = it.improvement.schedule->deadline;
  EXPECT_EQ(it.answer(), "go");
}

TEST_F(RolloutAttack, RevertOutsideItsWindow) {
  withdraw(kStart + 1h);
  hear();
  EXPECT_EQ(take_back_at(kStart + 71h).answer, Answer::Now);
  EXPECT_EQ(take_back_at(kStart + 73h).answer, Answer::Kept);
}

TEST_F(RolloutAttack, RevertOfWhatIsUrgent) {
  it.improvement.schedule = profile(Urgency::Urgent, kStart);
  withdraw(kStart + 1h);
  hear();
  it.set_time(kStart + 3h);
  // Nothing is signed that would allow it.
  ASSERT_FALSE(it.improvement.schedule->revert_until);
  EXPECT_EQ(take_back_at(kStart + 3h).answer, Answer::Kept);
}

TEST_F(RolloutAttack, RevertOfAllDevicesAtOnce) {
  withdraw(kStart);
  hear();
  past.last_good = kStart + 5h;  // a moment ago all was well
  int now = 0;
  for (BasisPoints place = 0; place < 2000; place += 100) {
    it.place(place);
    if (take_back_at(kStart + 5h + 6min).answer == Answer::Now) ++now;
  }
  EXPECT_GT(now, 0);
  EXPECT_LT(now, 8);  // of 20: about a tenth
}

TEST_F(RolloutAttack, RevertAgainAndAgain) {
  withdraw(kStart + 1h);
  hear();
  past.last_revert = kStart + 2h;
  const TakeBack answer = take_back_at(kStart + 5h);
  EXPECT_EQ(answer.answer, Answer::Later);
  EXPECT_EQ(answer.at, kStart + 26h);
}

}  // namespace
}  // namespace interlude::rollout
