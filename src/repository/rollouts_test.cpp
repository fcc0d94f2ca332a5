#include "repository/rollouts.hpp"

#include "repository/test_repository.hpp"

namespace interlude::repository {
namespace {

using namespace std::chrono_literals;
using rollout::Progress;
using testing::HasSubstr;
using testing::SizeIs;

const std::string kFirst = "local/debian-12-x86_64/12.11/a";

class RolloutsTest : public RepositoryTest {
 protected:
  RolloutsTest() { build("/a", kFirst); }
  std::vector<Rollout> all() { return *rollouts_of(*repository->contents()); }
  void say(const std::map<std::string, rollout::Entry>& changes) {
    const auto update = word_update(*repository->contents(), changes, clock.now());
    ASSERT_TRUE(update);
    ASSERT_TRUE(repository->publish(std::vector{*update}));
  }
};

TEST_F(RolloutsTest, BeginWithThePublicationWhereTheyAreRequired) {
  ASSERT_TRUE(publish("/a", RolloutRule::Required));
  ASSERT_THAT(all(), SizeIs(1));
  EXPECT_EQ(all()[0].improvement.schedule, rollout::profile(rollout::Urgency::Normal, kStart));
  ASSERT_TRUE(all()[0].entry);
  EXPECT_EQ(all()[0].entry->progress, Progress::Running);
}

TEST_F(RolloutsTest, LeaveRepositoriesWithoutThemAlone) {
  ASSERT_TRUE(publish("/a"));
  EXPECT_FALSE(all()[0].improvement.schedule);
  EXPECT_FALSE(is_speaking(*repository->contents()));
}

TEST_F(RolloutsTest, AreSignedAsOfTheMomentForADayAtMost) {
  ASSERT_TRUE(publish("/a", RolloutRule::Required));
  clock.advance(5h);
  ASSERT_TRUE(repository->renew({"rollout"}));
  const tuf::Targets word = list("rollout");
  EXPECT_EQ(word.extra.at("as_of"), sys::to_text(kStart + 5h));
  EXPECT_EQ(word.expires, kStart + 5h + rollout::kLongestLife);
  EXPECT_TRUE(all()[0].entry) << "renewal keeps what was said";
}

TEST_F(RolloutsTest, AreSelectedByIdOrItsEnd) {
  ASSERT_TRUE(publish("/a", RolloutRule::Required));
  for (const char* which : {"a", "12.11/a", kFirst.c_str(), "all"}) {
    EXPECT_TRUE(select(all(), which)) << which;
  }
  EXPECT_THAT(select(all(), "b").error().message(), HasSubstr(kFirst));
}

TEST_F(RolloutsTest, ChangeScheduleAndRecallInThePlatformsList) {
  ASSERT_TRUE(publish("/a", RolloutRule::Required));
  const rollout::Schedule urgent = rollout::profile(rollout::Urgency::Urgent, kStart);
  const rollout::Recall recall{kStart, rollout::After::Revert, "wrong"};
  const std::vector updates = {schedule_update(all()[0], urgent), recall_update(all()[0], recall)};
  ASSERT_TRUE(repository->publish(updates));
  EXPECT_EQ(all()[0].improvement.schedule, urgent);
  EXPECT_EQ(all()[0].improvement.recall, recall);
  EXPECT_EQ(all()[0].improvement.published_at, kStart);
}

TEST_F(RolloutsTest, AreDueEveryFewHoursOnceTheySpeak) {
  ASSERT_TRUE(publish("/a", RolloutRule::Required));
  EXPECT_TRUE(is_speaking(*repository->contents()));
  say({});
  EXPECT_EQ(list("rollout").expires, kStart + rollout::kLongestLife);
}

}  // namespace
}  // namespace interlude::repository
