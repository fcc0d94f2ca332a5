#include "publish/gate/apply_proposal.hpp"

#include <gmock/gmock.h>

#include "publish/gate.hpp"

namespace interlude::publish {
namespace {

using improvement::Apply;
using testing::HasSubstr;
using testing::IsEmpty;

ElfFacts program() {
  ElfFacts facts;
  facts.kind = ElfFacts::Kind::Program;
  return facts;
}

ElfFacts library(std::string soname) {
  ElfFacts facts;
  facts.kind = ElfFacts::Kind::Library;
  facts.soname = std::move(soname);
  return facts;
}

/// The files of one component, each with what it is.
class ApplyProposed : public testing::Test {
 protected:
  void add(const Path& path, std::optional<ElfFacts> facts, std::uint32_t mode = 0644) {
    Change change;
    change.file.path = path;
    change.file.after = improvement::Entry{};
    change.file.after->mode = mode;
    changes_.push_back(std::make_unique<Change>(std::move(change)));
    subjects_.push_back(Subject{.change = changes_.back().get(), .after = std::move(facts)});
  }

  ApplyProposal proposal(const std::vector<Companion>& companions = {}) {
    return propose_apply(subjects_, companions);
  }

  std::vector<std::unique_ptr<Change>> changes_;
  std::vector<Subject> subjects_;
};

TEST_F(ApplyProposed, IsAtBootForWhatEveryProcessHas) {
  for (const char* path :
       {"usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libnss_files.so.2",
        "usr/lib/x86_64-linux-gnu/security/pam_unix.so", "usr/lib/systemd/systemd-logind",
        "usr/lib/x86_64-linux-gnu/libdbus-1.so.3.32.4", "usr/lib/modules/6.1/kernel/x.ko"}) {
    subjects_.clear();
    add("usr/bin/first", program(), 0755);
    add(path, library("x.so"));
    EXPECT_EQ(proposal().apply, Apply::AtBoot) << path;
    EXPECT_THAT(proposal().reason, HasSubstr(path));
  }
}

TEST_F(ApplyProposed, IsWhenNotRunningForPluginsAndHelpers) {
  add("usr/lib/x86_64-linux-gnu/libcrypto.so.3", library("libcrypto.so.3"));
  subjects_.front().after->opens_libraries = true;
  add("usr/lib/x86_64-linux-gnu/engines-3/afalg.so", library(""));
  EXPECT_EQ(proposal().apply, Apply::WhenNotRunning);
  EXPECT_THAT(proposal().reason, HasSubstr("libcrypto.so.3 opens such"));
  subjects_.clear();
  add("usr/libexec/helper", program(), 0755);
  EXPECT_EQ(proposal().apply, Apply::WhenNotRunning);
  subjects_.clear();
  add("usr/lib/git-core/git-submodule", std::nullopt, 0755);
  EXPECT_EQ(proposal().apply, Apply::WhenNotRunning);
}

// OpenSSL: the library, its engines and its providers.
TEST_F(ApplyProposed, IsLiveWithRestartForALibraryWithModulesOfItsOwn) {
  const Path folder = "usr/lib/x86_64-linux-gnu/";
  ElfFacts crypto = library("libcrypto.so.3");
  crypto.opens_libraries = true;
  ElfFacts module = library("");
  module.needed = {"libcrypto.so.3", "libc.so.6"};
  add(folder + "libcrypto.so.3", crypto);
  add(folder + "libssl.so.3", library("libssl.so.3"));
  Companion unchanged{folder + "ossl-modules/legacy.so", module};
  EXPECT_EQ(proposal({unchanged}).apply, Apply::LiveWithRestart);
  unchanged.changes = true;
  EXPECT_EQ(proposal({unchanged}).apply, Apply::WhenNotRunning) << "in another component";
  add(folder + "engines-3/afalg.so", module);
  EXPECT_EQ(proposal().apply, Apply::LiveWithRestart) << "in the same component";
  add("usr/lib/other/plugins/tls.so", module);
  EXPECT_EQ(proposal().apply, Apply::WhenNotRunning) << "somebody else opens it";
  subjects_.pop_back();
  subjects_.front().after->opens_libraries = false;
  EXPECT_EQ(proposal().apply, Apply::WhenNotRunning) << "the library does not open it";
  subjects_.erase(subjects_.begin());
  EXPECT_EQ(proposal().apply, Apply::WhenNotRunning) << "without its library";
}

TEST_F(ApplyProposed, LooksAtHelpersThatDoNotChangeAndUseTheLibrary) {
  add("usr/lib/x86_64-linux-gnu/libwebkit.so.0", library("libwebkit.so.0"));
  Companion helper{"usr/lib/x86_64-linux-gnu/webkit/WebProcess", program()};
  EXPECT_EQ(proposal({helper}).apply, Apply::LiveWithRestart);
  helper.facts.needed = {"libwebkit.so.0"};
  EXPECT_EQ(proposal({helper}).apply, Apply::WhenNotRunning);
}

TEST_F(ApplyProposed, IsLiveWithRestartForProgramsAndLibraries) {
  add("usr/lib/x86_64-linux-gnu/libx.so.1", library("libx.so.1"));
  EXPECT_EQ(proposal().apply, Apply::LiveWithRestart);
  add("usr/bin/x", program(), 0755);
  EXPECT_EQ(proposal().apply, Apply::LiveWithRestart);
  EXPECT_THAT(proposal().reason, HasSubstr("usr/bin/x and usr/lib/x86_64-linux-gnu/libx.so.1"));
  subjects_.clear();
  add("usr/lib/systemd/system/x.service", std::nullopt);
  EXPECT_EQ(proposal().apply, Apply::LiveWithRestart);
}

TEST_F(ApplyProposed, IsLiveForDataOnly) {
  add("usr/share/zoneinfo/Europe/Berlin", std::nullopt);
  EXPECT_EQ(proposal().apply, Apply::Live);
  add("usr/share/x/module.py", std::nullopt);
  EXPECT_EQ(proposal().apply, Apply::LiveWithRestart);
}

TEST(ApplyChosen, IsThePersonsWithAWarningWhereItIsEarlier) {
  Comparison comparison;
  comparison.changes.resize(1);
  comparison.changes[0].file = {"usr/bin/dbus-daemon", std::nullopt, improvement::Entry{}};
  const auto parts = split(comparison, {}, {}, {});
  const auto report = [&](std::optional<Apply> apply) {
    return *judge({}, comparison, *parts, {{}, {.others = apply}});
  };
  EXPECT_EQ(report({}).apply.front().used, Apply::AtBoot);
  EXPECT_THAT(report({}).warnings, IsEmpty());
  EXPECT_THAT(report(Apply::AtBoot).warnings, IsEmpty());
  const GateReport earlier = report(Apply::Live);
  EXPECT_EQ(earlier.apply.front().used, Apply::Live);
  EXPECT_EQ(earlier.apply.front().proposed, Apply::AtBoot);
  ASSERT_EQ(earlier.warnings.size(), 1U);
  EXPECT_THAT(earlier.warnings.front().what, HasSubstr("switches earlier than proposed"));
}

TEST(ApplyChosen, IsForOneComponentOrForAllAndIsRecorded) {
  Comparison comparison;
  comparison.changes.resize(2);
  comparison.changes[0].file = {"usr/bin/one", std::nullopt, improvement::Entry{}};
  comparison.changes[1].file = {"usr/bin/two", std::nullopt, improvement::Entry{}};
  const std::vector rules{*parse_component_rule("one=*/one"), *parse_component_rule("two=*/two")};
  const auto parts = split(comparison, {}, rules, {});
  ApplyChoices choices;
  ASSERT_TRUE(choices.add("two=at-boot"));
  const auto named = judge({}, comparison, *parts, {{}, choices});
  ASSERT_TRUE(named);
  EXPECT_EQ(named->apply[0].used, Apply::LiveWithRestart);
  EXPECT_EQ(named->apply[1].used, Apply::AtBoot);
  ASSERT_EQ(named->allowances.size(), 1U);
  EXPECT_EQ(named->allowances[0].rule, "apply:two");
  EXPECT_THAT(named->allowances[0].reason, HasSubstr("proposed was live-with-restart"));
  ASSERT_TRUE(choices.add("live"));
  EXPECT_EQ(judge({}, comparison, *parts, {{}, choices})->apply[0].used, Apply::Live);
  for (const char* wrong : {"live", "two=live", "two=soon", "=live", "../x=live", ""}) {
    EXPECT_FALSE(choices.add(wrong)) << wrong;
  }
  ASSERT_TRUE(choices.add("three=live"));
  const auto unknown = judge({}, comparison, *parts, {{}, choices});
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(), HasSubstr("those that do: one, two"));
}

}  // namespace
}  // namespace interlude::publish
