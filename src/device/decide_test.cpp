#include "device/decide.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlude::device {
namespace {

using improvement::Letter;
using testing::HasSubstr;

Letter letter(const char* text) {
  return *Letter::parse(text);
}

Situation published(std::initializer_list<const char*> letters) {
  Situation situation;
  situation.platform = "box";
  situation.baseline = "1";
  for (const char* each : letters) {
    situation.published.push_back({std::string("s/box/1/") + each,
                                   letter(each),
                                   std::string("content of ") + each,
                                   {},
                                   {},
                                   {},
                                   ""});
  }
  return situation;
}

const Request kAutomatic{};
const Request kAsked{Request::Kind::Install, std::nullopt, {}};

/// "install b", "current", or the reason to wait.
std::string outcome(const Situation& situation, const Request& request) {
  const auto outlook = decide(situation, request);
  if (!outlook) return "error: " + outlook.error().message();
  const Verdict& verdict = outlook->verdict;
  if (const auto* const install = std::get_if<Install>(&verdict)) {
    return "install " + install->letter.text();
  }
  if (const auto* const hold = std::get_if<Hold>(&verdict))
    return std::string(name_of(hold->reason));
  return std::holds_alternative<GoBack>(verdict) ? "go back" : "current";
}

TEST(Decide, TakesTheNewestLetter) {
  EXPECT_EQ(outcome(published({"a", "b", "aa"}), kAutomatic), "install aa");
}

TEST(Decide, WaitsWhereNothingIsPublished) {
  EXPECT_EQ(outcome(published({}), kAutomatic), "no-improvement");
  EXPECT_EQ(outcome(published({}), kAsked), "no-improvement");
}

TEST(Decide, IsDoneWhereTheNewestIsOn) {
  Situation situation = published({"a", "b"});
  situation.active = letter("b");
  EXPECT_EQ(outcome(situation, kAutomatic), "current");
}

TEST(Decide, InstallsForNobodyWithoutTheRolloutDataThePublisherDemands) {
  Situation situation = published({"a"});
  situation.publisher.required = true;
  EXPECT_EQ(outcome(situation, kAutomatic), "rollout-data-missing");
  EXPECT_EQ(outcome(situation, kAsked), "rollout-data-missing");
}

TEST(Decide, ObeysAutomaticOff) {
  Situation situation = published({"a"});
  situation.device.automatic = false;
  EXPECT_EQ(outcome(situation, kAutomatic), "automatic-off");
  EXPECT_EQ(outcome(situation, kAsked), "install a");
}

TEST(Decide, OnlyLooksWhenChecking) {
  EXPECT_EQ(outcome(published({"a"}), {Request::Kind::Check, std::nullopt, {}}), "available");
}

TEST(Decide, LeavesARemovedLetterAwayUntilANewerOne) {
  Situation situation = published({"a"});
  situation.device.declined_through = letter("a");
  EXPECT_EQ(outcome(situation, kAutomatic), "removed");
  EXPECT_EQ(outcome(situation, kAsked), "install a");
  situation = published({"a", "b"});
  situation.device.declined_through = letter("a");
  EXPECT_EQ(outcome(situation, kAutomatic), "install b");
}

TEST(Decide, PassesOverQuarantinedContent) {
  Situation situation = published({"a", "b"});
  situation.device.quarantine = {"content of b"};
  EXPECT_EQ(outcome(situation, kAutomatic), "install a");
  situation.active = letter("a");
  EXPECT_EQ(outcome(situation, kAutomatic), "quarantined");
  EXPECT_EQ(outcome(situation, kAsked), "install b");
}

TEST(Decide, NeverStepsBackByItself) {
  Situation situation = published({"a", "b"});
  situation.active = letter("b");
  situation.device.quarantine = {"content of b"};
  EXPECT_EQ(outcome(situation, kAutomatic), "current");
}

TEST(Decide, NamesTheKnownLettersWhereAnUnknownOneIsAskedFor) {
  const auto verdict = decide(published({"a", "b"}), {Request::Kind::Install, letter("q"), {}});
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(verdict.error().message(), HasSubstr("published: a, b"));
}

TEST(NewestBeyond, IsWhatAnOwnerCouldHave) {
  Situation situation = published({"a", "b"});
  situation.device.automatic = false;
  situation.device.declined_through = letter("b");
  EXPECT_EQ(newest_beyond(situation), letter("b"));
  situation.published.back().recall.emplace();
  EXPECT_EQ(newest_beyond(situation), letter("a"));
  situation.active = letter("b");
  EXPECT_EQ(newest_beyond(situation), std::nullopt);
}

}  // namespace
}  // namespace interlude::device
