#include "publish/gate.hpp"

#include <gmock/gmock.h>

namespace interlude::publish {
namespace {

using improvement::Allowance;
using improvement::Entry;
using improvement::EntryKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Entry file_of(std::uint32_t mode = 0644) {
  Entry entry;
  entry.mode = mode;
  return entry;
}

Entry link_to(std::string target) {
  Entry entry;
  entry.kind = EntryKind::Symlink;
  entry.target = std::move(target);
  return entry;
}

Entry directory() {
  Entry entry;
  entry.kind = EntryKind::Directory;
  return entry;
}

std::string refusal(const improvement::FileChange& file, std::vector<Allowance> allowances = {}) {
  const std::vector<Change> changes = {{file, {}, {}}};
  const auto passed = pass_gate(changes, allowances);
  if (passed) return "passed";
  EXPECT_TRUE(passed.error().kind() == ErrorKind::Denied ||
              passed.error().kind() == ErrorKind::Invalid);
  return passed.error().message();
}

TEST(Gate, RefusesNewSetuidAndSetgid) {
  EXPECT_THAT(refusal({"su", std::nullopt, file_of(04755)}), HasSubstr("su: a new setuid"));
  EXPECT_THAT(refusal({"su", file_of(0755), file_of(02755)}), HasSubstr("setgid"));
  Entry other_owner = file_of(04755);
  other_owner.uid = 5;
  EXPECT_THAT(refusal({"su", file_of(04755), other_owner}), HasSubstr("setuid"));
  EXPECT_EQ(refusal({"su", file_of(04755), file_of(04755)}), "passed");
}

TEST(Gate, RefusesAKindThatTurnsFromOrIntoAFolder) {
  EXPECT_THAT(refusal({"d", directory(), file_of()}), HasSubstr("cannot turn into"));
  EXPECT_THAT(refusal({"d", link_to("x"), directory()}), HasSubstr("cannot turn into"));
  EXPECT_EQ(refusal({"d", link_to("x"), file_of()}), "passed");
}

TEST(Gate, RefusesLinksThatLeadOutOfTheRoot) {
  for (const char* target : {"../../../x", "a/../../../../x", "/../x"}) {
    EXPECT_THAT(refusal({"usr/lib/l", std::nullopt, link_to(target)}), HasSubstr("out of the root"))
        << target;
  }
  for (const char* target : {"../../x", "/etc/x", "a/../x"}) {
    EXPECT_EQ(refusal({"usr/lib/l", std::nullopt, link_to(target)}), "passed") << target;
  }
}

TEST(Gate, RefusesNamesThatNoManifestCanHold) {
  EXPECT_THAT(refusal({"a\xff", std::nullopt, file_of()}), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal({"a\xc3", std::nullopt, file_of()}), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal({"l", std::nullopt, link_to("a\n")}), HasSubstr("link's target"));
  EXPECT_EQ(refusal({"a\xc3\xa4", std::nullopt, file_of()}), "passed");
}

TEST(Gate, PassesANewCapabilityOnlyWhereAllowedAndRecordsIt) {
  Entry capable = file_of(0755);
  capable.attributes["security.capability"] = {1};
  const improvement::FileChange ping{"ping", file_of(0755), capable};
  EXPECT_THAT(refusal(ping), HasSubstr("--allow \"capability=REASON\""));
  EXPECT_EQ(refusal({"ping", capable, capable}), "passed") << "the baseline has it";
  const Allowance allowed{"capability", "raw sockets"};
  const std::vector<Change> with = {{ping, {}, {}}};
  const std::vector<Change> without = {{{"a", std::nullopt, file_of()}, {}, {}}};
  EXPECT_THAT(*pass_gate(with, std::vector{allowed}), ElementsAre(allowed));
  EXPECT_THAT(*pass_gate(without, std::vector{allowed}), IsEmpty()) << "it was not needed";
}

TEST(Gate, RefusesUnknownRulesAndMissingReasons) {
  EXPECT_THAT(refusal({"a", std::nullopt, file_of()}, {{"setuid", "please"}}),
              HasSubstr("--allow setuid: no such rule; those that can be allowed: capability"));
  EXPECT_THAT(refusal({"a", std::nullopt, file_of()}, {{"capability", ""}}),
              HasSubstr("expected RULE=REASON"));
}

}  // namespace
}  // namespace interlude::publish
