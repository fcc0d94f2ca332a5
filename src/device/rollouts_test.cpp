#include "device/rollouts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollout/test_case.hpp"

namespace interlude::device {
namespace {

using namespace std::chrono_literals;
using rollout::at;
using rollout::kStart;
using testing::HasSubstr;
using Data = rollout::Publisher::Data;

/// A list with (a), its schedule and the running rollout of it.
Listing listing() {
  tuf::Target manifest;
  manifest.path = "s/box/1/a/manifest.json.zst";
  manifest.hashes["sha256"] = std::string(64, '1');
  manifest.custom = {{"published_at", "2026-11-24T08:00:00Z"},
                     {"rollout", to_json(rollout::profile(rollout::Urgency::Normal, kStart))}};
  Listing all = make_listing("s/box/1", {{manifest.path, manifest}}, true);
  all.timestamp_expires = kStart + 168h;
  rollout::Announcement said{kStart, kStart + 24h, {{"s/box/1/a", rollout::TestCase::entry()}}};
  all.word = {true, "", kStart + 24h, {"key"}, to_json(said)};
  return all;
}

rollout::Publisher hear(const Listing& all, const rollout::Known& before = {}) {
  return publisher_of(all, improvements_of(all, "s/box/1"), before, kStart + 1h);
}

TEST(Rollouts, ReadScheduleAndEntry) {
  const auto improvements = improvements_of(listing(), "s/box/1");
  ASSERT_EQ(improvements.size(), 1);
  EXPECT_EQ(improvements[0].id, "s/box/1/a");
  EXPECT_EQ(improvements[0].schedule, rollout::profile(rollout::Urgency::Normal, kStart));
  const rollout::Publisher publisher = hear(listing());
  EXPECT_EQ(publisher.data, Data::Fresh);
  EXPECT_EQ(publisher.known.as_of, kStart);
  EXPECT_EQ(publisher.known.heard, kStart + 1h);
  EXPECT_TRUE(publisher.known.entries.contains("s/box/1/a"));
}

TEST(Rollouts, KeepWhatWasKnownWhereNothingFreshCame) {
  const rollout::Known before = hear(listing()).known;
  Listing silent = listing();
  silent.word = {false, "no mirror has it", {}, {}, json::Value::object()};
  const rollout::Publisher publisher = hear(silent, before);
  EXPECT_EQ(publisher.data, Data::Stale);
  EXPECT_EQ(publisher.known, before);
}

TEST(Rollouts, RefuseWhatDoesNotParseAndKeepWhatWasKnown) {
  const rollout::Known before = hear(listing()).known;
  Listing broken = listing();
  broken.word.members["rollouts"][0]["state"] = "hurry";
  const rollout::Publisher publisher = hear(broken, before);
  EXPECT_EQ(publisher.data, Data::Refused);
  EXPECT_THAT(publisher.problem, HasSubstr("hurry"));
  EXPECT_EQ(publisher.known, before);
}

TEST(Rollouts, NameAScheduleThatDoesNotParse) {
  Listing broken = listing();
  broken.manifests.begin()->second.custom["rollout"]["steps"] = "fast";
  EXPECT_THAT(improvements_of(broken, "s/box/1")[0].problem, HasSubstr("steps"));
}

TEST(Rollouts, ForgetWhatOtherKeysSaid) {
  Listing withdrawn = listing();
  withdrawn.word.members["rollouts"][0]["state"] = "withdrawn";
  const rollout::Known before = hear(withdrawn).known;
  Listing rotated = listing();
  rotated.word.key_ids = {"another"};
  EXPECT_EQ(hear(listing(), before).known.entries.at("s/box/1/a").progress,
            rollout::Progress::Withdrawn);
  EXPECT_EQ(hear(rotated, before).known.entries.at("s/box/1/a").progress,
            rollout::Progress::Running);
}

}  // namespace
}  // namespace interlude::device
