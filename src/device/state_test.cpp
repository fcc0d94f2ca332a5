#include "device/state.hpp"

#include <gtest/gtest.h>

#include "base/layout.hpp"
#include "device/rest.hpp"

namespace interlude::device {
namespace {

Plan plan() {
  Plan plan;
  plan.generation = "new";
  plan.previous = "old";
  plan.letter = "a";
  return plan;
}

template <class S, class Event>
concept Steps = requires(const S& state, const Event& event) {
  next(state, event);
};

TEST(States, AllowNoStepThatIsNotDrawn) {
  static_assert(Steps<Idle, Poll> && Steps<Waiting, Poll> && Steps<Committed, Remove>);
  static_assert(!Steps<Fetching, Poll> && !Steps<Probation, Poll> && !Steps<Removing, Poll>);
  static_assert(!Steps<Activating, Remove> && !Steps<Staged, Remove>);
  static_assert(!Steps<Fetching, Built> && !Steps<Rebuilding, Activate>);
  static_assert(!Steps<Staged, Switched> && !Steps<Committed, Unhealthy>);
}

TEST(States, GoFromAPollToACommit) {
  const Fetching fetching = next(next(Idle{}, Poll{}), Go{plan()});
  const Staged staged = next(next(fetching, Fetched{}), Built{});
  const Probation probation = next(next(staged, Activate{}), Switched{});
  EXPECT_EQ(next(probation, Healthy{}), Committed{"new"});
}

TEST(States, GoBackWhenTheCheckFails) {
  const RollingBack back = next(Probation{plan()}, Unhealthy{"bad file"});
  EXPECT_EQ(next(back, Switched{}), (RolledBack{plan(), "bad file"}));
  const Error error(ErrorKind::Denied, "read-only");
  EXPECT_EQ(next(back, Failed{error}), (RollbackFailed{plan(), "bad file", "read-only"}));
}

TEST(Resume, DropsWorkBeforeThePointOfNoReturn) {
  for (const State& stored : {State(Polling{}), State(Fetching{plan()}), State(Rebuilding{plan()}),
                              State(Staged{plan()})}) {
    EXPECT_EQ(resume(stored, std::string(kBaseline)), State(Idle{})) << name_of(stored);
    EXPECT_EQ(resume(stored, "old"), State(Committed{"old"})) << name_of(stored);
  }
}

TEST(Resume, FinishesWorkFromThePointOfNoReturnOn) {
  for (const State& stored :
       {State(Activating{plan()}), State(RollingBack{plan(), "why"}), State(Removing{plan()})}) {
    EXPECT_EQ(resume(stored, "old"), stored) << name_of(stored);
  }
  EXPECT_EQ(resume(Probation{plan()}, "new"), State(Probation{plan()}));
}

TEST(Resume, NoticesThatSomebodyElseTookOffWhatWasWatched) {
  EXPECT_EQ(resume(Probation{plan()}, "old"), State(Committed{"old"}));
}

TEST(Resume, TriesAgainToGoBack) {
  EXPECT_EQ(resume(RollbackFailed{plan(), "why", "problem"}, "new"),
            State(RollingBack{plan(), "why"}));
}

TEST(Resume, BelievesTheLinkMoreThanTheRecord) {
  EXPECT_EQ(resume(Committed{"new"}, "new"), State(Committed{"new"}));
  EXPECT_EQ(resume(Committed{"new"}, "old"), State(Committed{"old"}));
  EXPECT_EQ(resume(Committed{"new"}, std::string(kBaseline)), State(Idle{}));
}

TEST(FromRest, RefusesWhileWorkIsUnderWay) {
  EXPECT_TRUE(from_rest(State(RolledBack{}), Poll{}));
  EXPECT_FALSE(from_rest(State(Fetching{plan()}), Poll{}));
  EXPECT_FALSE(from_rest(State(Polling{}), Remove{plan()}));
}

TEST(Reasons, HaveNamesThatReadBack) {
  for (const Reason reason : {Reason::NoImprovement, Reason::AutomaticOff, Reason::Failed}) {
    const auto read = rollout::parse_reason(name_of(reason));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, reason);
  }
  EXPECT_FALSE(rollout::parse_reason("boredom"));
}

}  // namespace
}  // namespace interlude::device
