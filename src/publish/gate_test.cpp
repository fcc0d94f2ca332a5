#include "publish/gate.hpp"

#include <gmock/gmock.h>

namespace interlude::publish {
namespace {

using improvement::Allowance;
using improvement::Entry;
using improvement::EntryKind;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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

Result<GateReport> judged(const improvement::FileChange& file,
                          std::vector<Allowance> allowances = {}) {
  Comparison comparison;
  comparison.changes = {{file, {}, {}}};
  const auto parts = split(comparison, {}, {}, {});
  EXPECT_TRUE(parts);
  return judge({}, comparison, *parts, {std::move(allowances), {}});
}

std::string refusal(const improvement::FileChange& file, std::vector<Allowance> allowances = {}) {
  const Result<GateReport> report = judged(file, std::move(allowances));
  if (!report) {
    EXPECT_EQ(report.error().kind(), ErrorKind::Invalid);
    return report.error().message();
  }
  const Status status = passed(*report);
  if (status) return "passed";
  EXPECT_EQ(status.error().kind(), ErrorKind::Denied);
  return status.error().message();
}

TEST(Gate, RefusesNewSetuidAndSetgid) {
  EXPECT_THAT(refusal({"usr/su", std::nullopt, file_of(04755)}),
              AllOf(HasSubstr("usr/su (system): a new setuid"), HasSubstr("nothing allows it")));
  EXPECT_THAT(refusal({"usr/su", file_of(0755), file_of(02755)}), HasSubstr("setgid"));
  Entry other_owner = file_of(04755);
  other_owner.uid = 5;
  EXPECT_THAT(refusal({"usr/su", file_of(04755), other_owner}), HasSubstr("setuid"));
  EXPECT_EQ(refusal({"usr/su", file_of(04755), file_of(04755)}), "passed");
}

TEST(Gate, RefusesAKindThatTurnsFromOrIntoAFolder) {
  EXPECT_THAT(refusal({"usr/d", directory(), file_of()}), HasSubstr("cannot turn into"));
  EXPECT_THAT(refusal({"usr/d", link_to("x"), directory()}), HasSubstr("cannot turn into"));
  EXPECT_EQ(refusal({"usr/d", link_to("x"), file_of()}), "passed");
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
  EXPECT_THAT(refusal({"usr/a\xff", std::nullopt, file_of()}), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal({"usr/a\xc3", std::nullopt, file_of()}), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal({"usr/l", std::nullopt, link_to("a\n")}), HasSubstr("link's target"));
  EXPECT_EQ(refusal({"usr/a\xc3\xa4", std::nullopt, file_of()}), "passed");
}

TEST(Gate, RefusesWhatLiesOutsideUsrAndOpt) {
  for (const char* path : {"etc/x", "var/lib/x", "usrx", "boot/vmlinuz"}) {
    EXPECT_THAT(refusal({path, std::nullopt, file_of()}), HasSubstr("outside /usr and /opt"))
        << path;
  }
  for (const char* path : {"usr/x", "opt/x"}) {
    EXPECT_EQ(refusal({path, std::nullopt, file_of()}), "passed") << path;
  }
  EXPECT_EQ(refusal({"etc/x", std::nullopt, file_of()}, {{"place", "a device without /usr"}}),
            "passed");
}

TEST(Gate, RefusesWhatIsCopiedIntoTheInitramfs) {
  for (const char* path :
       {"usr/lib/modules/6.1/kernel/fs/x.ko", "usr/sbin/cryptsetup",
        "usr/share/initramfs-tools/hooks/x", "usr/lib/udev/rules.d/60-x.rules"}) {
    EXPECT_THAT(refusal({path, file_of(), std::nullopt}), HasSubstr("initramfs")) << path;
  }
  const auto library =
      judged({"usr/lib/x86_64-linux-gnu/libcrypto.so.3", file_of(), file_of(0600)});
  EXPECT_THAT(library->blockers, IsEmpty());
  ASSERT_EQ(library->warnings.size(), 1U);
  EXPECT_THAT(library->warnings.front().what, HasSubstr("update-initramfs"));
}

TEST(Gate, PassesANewCapabilityOnlyWhereAllowedAndRecordsIt) {
  Entry capable = file_of(0755);
  capable.attributes["security.capability"] = {1};
  const improvement::FileChange ping{"usr/ping", file_of(0755), capable};
  EXPECT_THAT(refusal(ping), HasSubstr("--allow \"capability:usr/ping=REASON\""));
  EXPECT_EQ(refusal({"usr/ping", capable, capable}), "passed") << "the baseline has it";
  const Allowance allowed{"capability", "raw sockets"};
  const Result<GateReport> needed = judged(ping, {allowed});
  EXPECT_THAT(needed->allowances, ElementsAre(allowed));
  ASSERT_EQ(needed->allowed.size(), 1U);
  EXPECT_EQ(needed->allowed.front().reason, "raw sockets");
  const Result<GateReport> unneeded = judged({"usr/a", std::nullopt, file_of()}, {allowed});
  EXPECT_THAT(unneeded->allowances, IsEmpty());
  EXPECT_THAT(unneeded->unused, ElementsAre(allowed));
}

TEST(Gate, AllowsARuleForSomePathsOnly) {
  const improvement::FileChange file{"etc/a/b", std::nullopt, file_of()};
  EXPECT_EQ(refusal(file, {{"place:etc/*", "why"}}), "passed");
  EXPECT_EQ(refusal(file, {{"place:/etc/a/b", "why"}}), "passed");
  EXPECT_THAT(refusal(file, {{"place:var/*", "why"}}), HasSubstr("etc/a/b"));
  EXPECT_THAT(refusal(file, {{"capability:etc/*", "why"}}), HasSubstr("etc/a/b"));
  EXPECT_EQ(refusal({"etc/[", std::nullopt, file_of()}, {{"place:etc/[", "why"}}), "passed");
}

TEST(Gate, RefusesUnknownRulesAndMissingReasons) {
  EXPECT_THAT(refusal({"usr/a", std::nullopt, file_of()}, {{"setuid", "please"}}),
              HasSubstr("--allow setuid: no such rule; those that can be allowed: capability, "));
  EXPECT_THAT(refusal({"usr/a", std::nullopt, file_of()}, {{"capability", ""}}),
              HasSubstr("expected RULE=REASON"));
  EXPECT_THAT(refusal({"usr/a", std::nullopt, file_of()}, {{"capability:", "why"}}),
              HasSubstr("expected RULE=REASON"));
}

TEST(Gate, NamesEveryBlockerButOfOneRuleOnlySome) {
  Comparison comparison;
  for (char name = 'a'; name < 'm'; ++name) {
    comparison.changes.push_back({{std::string("etc/") + name, std::nullopt, file_of()}, {}, {}});
  }
  comparison.changes.push_back({{"usr/su", std::nullopt, file_of(04755)}, {}, {}});
  const auto parts = split(comparison, {}, {}, {});
  const Result<GateReport> report = judge({}, comparison, *parts, {});
  ASSERT_TRUE(report);
  EXPECT_EQ(report->blockers.size(), 13U);
  EXPECT_THAT(passed(*report).error().message(),
              AllOf(HasSubstr("13 blockers"), HasSubstr("etc/h "), Not(HasSubstr("etc/i ")),
                    HasSubstr("4 more of the rule place; for all: --allow \"place=REASON\""),
                    HasSubstr("usr/su")));
}

}  // namespace
}  // namespace interlude::publish
