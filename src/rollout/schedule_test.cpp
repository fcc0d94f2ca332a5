#include "rollout/schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rollout/test_case.hpp"

namespace interlude::rollout {
namespace {

using testing::HasSubstr;

TEST(Schedule, ReadsWhatItWrites) {
  for (const Schedule& schedule :
       {profile(Urgency::Normal, kStart), profile(Urgency::Urgent, kStart),
        ring_profile(kStart, 3, minutes(1440))}) {
    const json::Value value = to_json(schedule);
    const auto read = parse_schedule(json::Reader(value, "custom"));
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read, schedule);
  }
}

TEST(Schedule, OfferstheOnlineKeyNoWayBackFromWhatIsUrgent) {
  EXPECT_TRUE(profile(Urgency::Normal, kStart).revert_until);
  EXPECT_FALSE(profile(Urgency::Urgent, kStart).revert_until);
}

TEST(Schedule, SaysWhatItDoes) {
  EXPECT_EQ(describe(profile(Urgency::Normal, kStart)),
            "1 % at once, 5 % after 4 h, 20 % after 12 h, 50 % after 24 h, 100 % after 36 h");
  EXPECT_EQ(describe(ring_profile(kStart, 2, minutes(90))), "ring 0 at once, ring 1 after 90 min");
  EXPECT_EQ(percent(50), "0.5 %");
  EXPECT_EQ(percent(1), "0.01 %");
}

TEST(Schedule, RefusesWhatIsNoRamp) {
  const std::pair<const char*, const char*> cases[] = {
      {"urgency", R"("soon")"},       {"steps", "[]"},
      {"steps", "[[0,100],[0,200]]"}, {"steps", "[[0,200],[60,100]]"},
      {"steps", "[[0,10001]]"},       {"steps", "[[0]]"},
      {"steps", "[[200000,10000]]"},  {"rings", "[[0,1]]"},
      {"start", R"("now")"},          {"deadline", R"("2026-11-24T09:00:00Z")"},
      {"revert_until", "7"},
  };
  for (const auto& [member, text] : cases) {
    json::Value value = to_json(profile(Urgency::Normal, kStart));
    value[member] = *json::parse(as_bytes(text));
    EXPECT_FALSE(parse_schedule(json::Reader(value, "custom"))) << member << ": " << text;
  }
}

}  // namespace
}  // namespace interlude::rollout
