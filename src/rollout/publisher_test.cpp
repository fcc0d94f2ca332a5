#include "rollout/publisher.hpp"

#include <gtest/gtest.h>

#include "rollout/test_case.hpp"

namespace interlude::rollout {
namespace {

using namespace std::chrono_literals;

Announcement announcement() {
  Entry withdrawn{Progress::Withdrawn, kStart + 1h, 500, minutes(30), After::Revert, "crashes"};
  return {kStart, kStart + kLongestLife, {{kId, TestCase::entry()}, {"s/p/1/b", withdrawn}}};
}

Result<Announcement> reread(const json::Value& value, sys::Time expires) {
  return parse_announcement(json::Reader(value, "rollout.json"), expires);
}

TEST(Announcement, ReadsWhatItWrites) {
  const auto read = reread(to_json(announcement()), kStart + kLongestLife);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, announcement());
}

TEST(Announcement, CostsLittleForEachImprovement) {
  const json::Value value = to_json(Announcement{kStart, kStart + 24h, {{kId, TestCase::entry()}}});
  EXPECT_LT(json::canonical(value.at("rollouts")).size(), 100);
}

TEST(Announcement, IsEmptyWhereNothingWasEverSaid) {
  const auto read = reread(json::Value::object(), kStart + 180 * 24h);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->entries.empty());
}

TEST(Announcement, IsRefusedWhereItDoesNotParse) {
  const std::pair<const char*, const char*> cases[] = {
      {"state", R"("faster")"}, {"since", "3"},
      {"ceiling_bp", "10001"},  {"ceiling_bp", "-1"},
      {"shift_min", "-1"},      {"shift_min", R"("1")"},
      {"after", R"("erase")"},  {"shift_min", "99999999999"},
      {"id", "null"},
  };
  for (const auto& [member, text] : cases) {
    json::Value value = to_json(announcement());
    value["rollouts"][0][member] = *json::parse(as_bytes(text));
    EXPECT_FALSE(reread(value, kStart + 1h)) << member << ": " << text;
  }
  json::Value twice = to_json(announcement());
  twice["rollouts"].push_back(twice["rollouts"][0]);
  EXPECT_FALSE(reread(twice, kStart + 1h));
}

}  // namespace
}  // namespace interlude::rollout
