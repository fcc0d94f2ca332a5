#include "rollout/decide.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollout/test_case.hpp"

namespace interlude::rollout {
namespace {

using namespace std::chrono_literals;
using improvement::Letter;
using testing::HasSubstr;

TEST(Decide, LetsTheFirstWaveIn) {
  EXPECT_EQ(TestCase().answer(), "go");
}

TEST(Decide, TellsOthersWhenTheirTurnComes) {
  TestCase later;
  later.place(300);
  const Decision decision = later.decide();
  EXPECT_EQ(decision.reason, Reason::Ramp);
  EXPECT_EQ(decision.until, kStart + 4h);
  later.set_time(kStart + 4h - 1s);
  EXPECT_EQ(later.answer(), "ramp");
  later.set_time(kStart + 4h);
  EXPECT_EQ(later.answer(), "go");
}

TEST(Decide, LetsNobodyInWithoutDataThatThePublisherDemands) {
  TestCase none;
  none.publisher.known.entries.clear();
  EXPECT_EQ(none.answer(), "rollout-data-missing");
  EXPECT_EQ(none.answer(Asked::ByPerson), "rollout-data-missing");
  none.publisher.required = false;
  EXPECT_EQ(none.answer(), "go");
}

TEST(Decide, ReadsWhatDoesNotParseAsNobody) {
  TestCase broken;
  broken.publisher.data = Publisher::Data::Refused;
  broken.publisher.problem = "rollout.json: state: unknown";
  EXPECT_EQ(broken.answer(), "rollout-data-refused");
  EXPECT_THAT(broken.decide().sentence, HasSubstr("state: unknown"));
  TestCase schedule;
  schedule.improvement.schedule.reset();
  schedule.improvement.problem = "steps must rise";
  EXPECT_EQ(schedule.answer(), "rollout-data-refused");
}

TEST(Decide, StaysAtTheLastLevelWhileDataIsStale) {
  TestCase stale;
  stale.place(300);
  stale.publisher.data = Publisher::Data::Stale;
  stale.device.now = kStart + 5h;
  const Decision decision = stale.decide();
  EXPECT_EQ(decision.reason, Reason::RolloutDataStale);
  EXPECT_EQ(decision.until, stale.improvement.schedule->deadline);
  stale.policy.max_staleness = 12h;
  EXPECT_EQ(stale.answer(), "go");
  // Who was let in before stays let in.
  TestCase first;
  first.publisher.data = Publisher::Data::Stale;
  first.device.now = kStart + 5h;
  EXPECT_EQ(first.answer(), "go");
}

TEST(Decide, GoesAfterTheDeadlineWhateverIsWithheld) {
  TestCase withheld;
  withheld.place(9900);
  withheld.publisher.data = Publisher::Data::Stale;
  withheld.device.now = withheld.improvement.schedule->deadline - 1s;
  EXPECT_EQ(withheld.answer(), "rollout-data-stale");
  withheld.device.now += 1s;
  EXPECT_EQ(withheld.answer(), "go");
  withheld.known().shift = 60min;  // it moves along
  EXPECT_EQ(withheld.answer(), "rollout-data-stale");
  withheld.known().shift = 0min;
  withheld.known().progress = Progress::Paused;
  EXPECT_EQ(withheld.answer(), "paused");
}

TEST(Decide, HoldsWhatIsPausedOrWithdrawnFromEverybody) {
  for (const Asked asked : {Asked::ByItself, Asked::ByPerson}) {
    TestCase it;
    it.known().reason = "browsers crash";
    it.known().progress = Progress::Paused;
    EXPECT_EQ(it.answer(asked), "paused");
    EXPECT_THAT(it.decide(asked).sentence, HasSubstr("browsers crash"));
    it.known().progress = Progress::Withdrawn;
    EXPECT_EQ(it.answer(asked), "withdrawn");
    it.known().progress = Progress::Running;
    it.improvement.recall = Recall{kStart, After::Keep, "it was the wrong file"};
    EXPECT_EQ(it.answer(asked), "withdrawn");
  }
}

TEST(Decide, AcceleratesNothingByAnEntryThatIsComplete) {
  TestCase done;
  done.place(9000);
  done.known().progress = Progress::Complete;
  EXPECT_EQ(done.answer(), "ramp");
}

TEST(Decide, ObeysTheCeilings) {
  TestCase it;
  it.place(300);
  it.set_time(kStart + 40h);
  it.known().ceiling = 200;
  EXPECT_EQ(it.answer(), "ramp");
  EXPECT_EQ(it.decide().until, std::nullopt);
  it.known().ceiling = kEverybody;
  it.policy.ceiling = 300;
  EXPECT_EQ(it.answer(), "ramp");
}

TEST(Decide, ObeysTheAdministrator) {
  TestCase it;
  it.policy.hold = {"a"};
  EXPECT_EQ(it.answer(), "on-hold");
  EXPECT_EQ(it.answer(Asked::ByPerson), "on-hold");
  it.policy.hold = {"org.example/box/1/b"};
  EXPECT_EQ(it.answer(), "go");
  it.policy.allow_install = false;
  EXPECT_EQ(it.answer(Asked::ByPerson), "install-forbidden");
  it.policy = {};
  it.policy.automatic = Automatic::AlwaysOff;
  EXPECT_EQ(it.answer(), "automatic-off");
  EXPECT_EQ(it.answer(Asked::ByPerson), "go");
  it.policy.automatic = Automatic::AlwaysOn;
  it.device.automatic = false;
  EXPECT_EQ(it.answer(), "go");
}

TEST(Decide, ExpeditesPastRampAndWindowsButNotPastAPause) {
  TestCase it;
  it.place(9000);
  it.policy.windows = {*Window::parse("Sun 03:00-04:00")};
  it.policy.expedite = {kId};
  EXPECT_EQ(it.answer(), "go");
  it.known().progress = Progress::Paused;
  EXPECT_EQ(it.answer(), "paused");
}

TEST(Decide, ObeysTheOwnerUnlessAPersonAsks) {
  TestCase it;
  it.device.automatic = false;
  EXPECT_EQ(it.answer(), "automatic-off");
  it.device.automatic = true;
  it.device.declined_through = Letter::parse("a").value();
  EXPECT_EQ(it.answer(), "removed");
  it.device.declined_through.reset();
  it.device.quarantine = {"content of a"};
  EXPECT_EQ(it.answer(), "quarantined");
  EXPECT_EQ(it.answer(Asked::ByPerson), "go");
  it.place(9000);
  EXPECT_EQ(it.answer(Asked::ByPerson), "go");  // nor does the ramp matter then
}

TEST(Decide, DefersAndKeepsToWindowsUntilTheDeadline) {
  TestCase it;
  it.policy.defer = 2h;
  EXPECT_EQ(it.answer(), "deferred");
  EXPECT_EQ(it.decide().until, kStart + 2h);
  it.set_time(kStart + 2h);
  EXPECT_EQ(it.answer(), "go");
  it.policy.windows = {*Window::parse("daily 03:00-05:00")};
  EXPECT_EQ(it.answer(), "outside-window");
  EXPECT_EQ(it.decide().until, at("2026-11-25T03:00:00Z"));
  it.device.utc_offset = 120min;
  EXPECT_EQ(it.decide().until, at("2026-11-25T01:00:00Z"));
  it.policy.deadline = 1h;
  EXPECT_EQ(it.answer(), "go");
  it.policy.deadline.reset();
  it.set_time(it.improvement.schedule->deadline);
  EXPECT_EQ(it.answer(), "go");
}

TEST(Decide, IsAGoodGuestUnlessItIsUrgent) {
  TestCase it;
  it.device.metered = true;
  EXPECT_EQ(it.answer(), "metered");
  EXPECT_EQ(it.answer(Asked::ByPerson), "go");
  it.device.metered = false;
  it.device.battery = 19;
  EXPECT_EQ(it.answer(), "on-battery");
  it.device.battery = 20;
  EXPECT_EQ(it.answer(), "go");
  it.device.battery = 5;
  it.improvement.schedule = profile(Urgency::Urgent, kStart);
  EXPECT_EQ(it.answer(), "go");
}

// Whatever a device once was told to install, time alone takes away only by a stop that was signed.
TEST(Decide, NeverClosesByTimeAlone) {
  for (BasisPoints place = 0; place < kEverybody; place += 700) {
    TestCase it;
    it.place(place);
    bool open = false;
    for (auto gone = 0h; gone < 100h; ++gone) {
      it.set_time(kStart + gone);
      const bool now = it.decide().go;
      EXPECT_TRUE(now || !open) << place << " closed after " << gone.count() << " h";
      open = now;
    }
    EXPECT_TRUE(open);
  }
}

TEST(Decide, GivesEveryNoASentence) {
  TestCase it;
  it.place(9000);
  EXPECT_THAT(it.decide().sentence, HasSubstr("2026-11-25T20:00:00Z"));
}

}  // namespace
}  // namespace interlude::rollout
