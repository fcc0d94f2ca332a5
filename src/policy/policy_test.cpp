#include "policy/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "policy/keys.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::policy {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kEtc = "/root/etc/interlude/policy.d";
constexpr const char* kUsr = "/root/usr/lib/interlude/policy.d";

class Policies : public testing::Test {
 protected:
  Policies() {
    EXPECT_TRUE(sys::make_directories(disk_, kEtc, 0755));
    EXPECT_TRUE(sys::make_directories(disk_, kUsr, 0755));
  }
  void write(const Path& folder, const std::string& name, std::string_view text) {
    EXPECT_TRUE(disk_.write(join(folder, name), as_bytes(text), 0644));
  }
  Effective loaded() { return load(disk_, "/root"); }

  sys::sim::FileSystem disk_;
};

std::string refusal_of(std::string_view text) {
  Effective effective;
  const Status read = read_file(effective, text, "p.toml");
  EXPECT_TRUE(effective.origins.empty() || read);
  return read ? "accepted" : read.error().message();
}

TEST_F(Policies, AreTheDefaultsWhereNobodyWroteAny) {
  const Effective none = loaded();
  EXPECT_EQ(none.policy, rollout::Policy());
  EXPECT_TRUE(none.origins.empty());
  EXPECT_EQ(none.policy.problem, "");
  EXPECT_EQ(load(disk_, "/nowhere").policy.problem, "");
}

TEST_F(Policies, ReadEveryKey) {
  write(kEtc, "a.toml",
        "allow_install = false\nallow_removal = false\nallow_remote_revert = false\n"
        "respect_holds = false\nlocal_users = \"status-only\"\nautomatic = \"always-on\"\n"
        "hold = [\"b\", \"local/box/1/c\"]\nexpedite = \"*\"\nring = 1\nceiling_percent = 12.5\n"
        "defer_hours = 24\nwindows = [\"daily 03:00-05:00\"]\ndeadline_hours = 72\n"
        "max_staleness_hours = 12\nmetered = \"allowed\"\nlowest_battery_percent = 50\n"
        "restart_never = [\"db@*.service\"]\nrestart_allowed = [\"docker.service\"]\n"
        "in_use_deadline_hours = 48\napply_at_least = \"at-boot\"\n");
  const Effective all = loaded();
  ASSERT_EQ(all.policy.problem, "");
  rollout::Policy expected;
  expected.allow_install = expected.allow_removal = expected.allow_remote_revert = false;
  expected.respect_holds = false;
  expected.metered = true;
  expected.automatic = rollout::Automatic::AlwaysOn;
  expected.ceiling = 1250;
  expected.ring = 1;
  expected.defer = hours(24);
  expected.windows = {*rollout::Window::parse("daily 03:00-05:00")};
  expected.deadline = hours(72);
  expected.max_staleness = hours(12);
  expected.lowest_battery = 50;
  expected.hold = {"b", "local/box/1/c"};
  expected.expedite = {"*"};
  EXPECT_EQ(all.policy, expected);
  EXPECT_EQ(all.local_users, LocalUsers::StatusOnly);
  EXPECT_THAT(all.restart_never, ElementsAre("db@*.service"));
  EXPECT_THAT(all.restart_allowed, ElementsAre("docker.service"));
  EXPECT_EQ(all.in_use_deadline, hours(48));
  EXPECT_EQ(all.apply_at_least, improvement::Apply::AtBoot);
  EXPECT_EQ(all.origins.size(), keys().size());
  EXPECT_EQ(all.origins.at("ring").text(), std::string(kEtc) + "/a.toml:9");
}

TEST_F(Policies, ShownAsTextAreAPolicyFileThatSaysTheSame) {
  write(kEtc, "a.toml", "ceiling_percent = 0.29\nwindows = [\"Sat,Sun 00:00-24:00\"]\nring = 2\n");
  const Effective written = loaded();
  EXPECT_EQ(written.policy.ceiling, 29U);
  Effective again;
  const Status read = read_file(again, to_text(written), "again.toml");
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(again.policy, written.policy);
  EXPECT_THAT(to_text(written), HasSubstr("# deadline_hours is not set"));
  EXPECT_THAT(to_text(written), HasSubstr("/a.toml:3"));
}

TEST_F(Policies, FollowTheOrderOfNamesAndTheLastWordWins) {
  write(kUsr, "50-vendor.toml", "defer_hours = 24\nring = 3\nhold = [\"a\"]\n");
  write(kEtc, "10-site.toml", "\ndefer_hours = 48\n");
  write(kEtc, "60-site.toml", "hold = []\n");
  const Effective effective = loaded();
  EXPECT_EQ(effective.policy.defer, hours(24));
  EXPECT_EQ(effective.origins.at("defer_hours").text(), std::string(kUsr) + "/50-vendor.toml:1");
  EXPECT_EQ(effective.policy.ring, 3U);
  EXPECT_THAT(effective.policy.hold, ElementsAre());
}

TEST_F(Policies, OfTheSameNameAreHiddenByTheAdministrators) {
  write(kUsr, "50.toml", "defer_hours = 24\n");
  write(kEtc, "50.toml", "ring = 1\n");
  write(kUsr, "60.toml", "not read");
  EXPECT_TRUE(disk_.make_symlink("/dev/null", join(kEtc, "60.toml")));
  write(kEtc, ".70.toml.swp", "not read");
  write(kEtc, "README", "not read");
  const Effective effective = loaded();
  EXPECT_EQ(effective.policy.problem, "");
  EXPECT_EQ(effective.policy.defer, hours(0));
  EXPECT_EQ(effective.policy.ring, 1U);
}

TEST_F(Policies, ThatCannotBeReadHoldEverythingNew) {
  write(kEtc, "10.toml", "allow_remote_revert = false\nallow_removal = false\n");
  write(kEtc, "20.toml", "ring = 1\nallow_instal = true\n");
  write(kEtc, "30.toml", "hold = []\nallow_removal = true\nlocal_users = \"default\"\n");
  const Effective broken = loaded();
  EXPECT_THAT(broken.policy.problem,
              HasSubstr(std::string(kEtc) + "/20.toml:2: allow_instal: unknown key"));
  EXPECT_THAT(broken.policy.hold, ElementsAre("*"));
  EXPECT_EQ(broken.policy.ring, std::nullopt);  // nothing of a file that is not understood
  EXPECT_FALSE(broken.policy.allow_remote_revert);
  EXPECT_EQ(broken.origins.at("hold").text(), std::string(kEtc) + "/20.toml");
  for (const auto& may : {may_change, may_install, may_remove, may_set_automatic}) {
    const Status allowed = may(broken);
    ASSERT_FALSE(allowed);
    EXPECT_EQ(allowed.error().kind(), ErrorKind::Denied);
    EXPECT_THAT(allowed.error().message(), HasSubstr("20.toml:2"));
  }
}

TEST_F(Policies, ThatAreNoFilesHoldEverythingNew) {
  EXPECT_TRUE(disk_.make_directory(join(kEtc, "10.toml"), 0755));
  EXPECT_NE(loaded().policy.problem, "");
  sys::sim::FileSystem other;
  EXPECT_TRUE(sys::make_directories(other, "/root/etc/interlude", 0755));
  EXPECT_TRUE(other.write(kEtc, as_bytes("no folder"), 0644));
  EXPECT_THAT(load(other, "/root").policy.hold, ElementsAre("*"));
}

TEST(Policy, SaysWhoMayAndWhereItIsForbidden) {
  Effective effective;
  for (const auto& may : {may_change, may_install, may_remove, may_set_automatic}) {
    EXPECT_TRUE(may(effective));
  }
  ASSERT_TRUE(read_file(effective, "allow_removal = false\nautomatic = \"always-on\"\n", "p.toml"));
  EXPECT_TRUE(may_change(effective));
  EXPECT_TRUE(may_install(effective));
  EXPECT_EQ(may_remove(effective).error().message(),
            "the policy of this device lets only root remove (allow_removal, p.toml:1)");
  EXPECT_EQ(may_set_automatic(effective).error().message(),
            "the policy of this device decides whether to install automatically (automatic, "
            "p.toml:2)");
  ASSERT_TRUE(read_file(effective, "local_users = \"status-only\"\n", "q.toml"));
  EXPECT_EQ(may_install(effective).error().message(),
            "the policy of this device lets only root change anything (local_users, q.toml:1)");
}

TEST(Policy, RefusesWithFileLineAndKeyWhatIsNotExpected) {
  struct Case {
    const char* text;
    const char* refusal;
  };
  for (const auto& [text, refusal] : {
           Case{"ring", "p.toml:1: "},
           Case{"[policy]\nring = 1\n", "policy: unknown key"},
           Case{"\nring = -1\n", "p.toml:2: ring: expected a whole number, 0 to 99"},
           Case{"ring = 1.0\n", "p.toml:1: ring: expected a whole number"},
           Case{"allow_removal = \"no\"\n", "p.toml:1: allow_removal: expected true or false"},
           Case{"ceiling_percent = 101\n",
                "p.toml:1: ceiling_percent: expected a number, 0 to 100"},
           Case{"ceiling_percent = 0.125\n", "no more than two decimal places"},
           Case{"defer_hours = 9000\n",
                "p.toml:1: defer_hours: expected a whole number, 0 to 8784"},
           Case{"windows = [\"Mon 25:00-26:00\"]\n", "p.toml:1: windows: expected a window like"},
           Case{"windows = [1]\n", "p.toml:1: windows: expected a list of texts"},
           Case{"metered = true\n", "p.toml:1: metered: expected text"},
           Case{"metered = \"no\"\n", "p.toml:1: metered: expected \"wait\" or \"allowed\""},
           Case{"automatic = \"on\"\n", "p.toml:1: automatic: expected \"allowed\""},
           Case{"hold = [\"libfoo\"]\n", "p.toml:1: hold: expected ids such as"},
           Case{"hold = [\"\"]\n", "p.toml:1: hold: expected ids such as"},
           Case{"local_users = \"none\"\n", "p.toml:1: local_users: expected \"default\""},
           Case{"lowest_battery_percent = 2000-01-01\n",
                "lowest_battery_percent: expected a whole"},
       }) {
    EXPECT_THAT(refusal_of(text), HasSubstr(refusal)) << text;
  }
}

TEST(Policy, ShowsEveryKeyAndItsOrigin) {
  Effective effective;
  ASSERT_TRUE(read_file(effective, "\nring = 1\n", "p.toml"));
  const json::Value shown = to_json(effective);
  EXPECT_EQ(shown["policy"].size(), keys().size());
  EXPECT_EQ(shown["policy"]["ring"], (json::Value{{"value", 1}, {"file", "p.toml"}, {"line", 2}}));
  EXPECT_EQ(shown["policy"]["ceiling_percent"],
            (json::Value{{"value", 100}, {"file", nullptr}, {"line", nullptr}}));
  EXPECT_TRUE(shown["policy"]["deadline_hours"]["value"].is_null());
  EXPECT_TRUE(shown["problem"].is_null());
}

std::string page() {
  std::ifstream file(INTERLUDE_SOURCE_DIR "/docs/policy.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Policy, IsDocumentedKeyByKeyWithItsDefault) {
  for (const Key& key : keys()) {
    const json::Value value = key.show(Effective());
    EXPECT_THAT(page(), HasSubstr("| `" + std::string(key.name) + "` | " +
                                  (value.is_null() ? "not set" : "`" + value.dump() + "`") + " |"));
  }
}

TEST(Policy, UnderstandsEveryExampleOfItsPage) {
  const std::string text = page();
  int examples = 0;
  for (std::size_t at = 0; (at = text.find("```toml\n", at)) != std::string::npos; ++examples) {
    at += 8;
    const std::size_t end = text.find("```", at);
    EXPECT_EQ(refusal_of(text.substr(at, end - at)), "accepted");
    at = end;
  }
  EXPECT_GE(examples, 3);
}

}  // namespace
}  // namespace interlude::policy
