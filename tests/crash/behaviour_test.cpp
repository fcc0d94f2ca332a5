// What a device does in the situations it meets, from the repository to the tree that is on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/report.hpp"
#include "fixture.hpp"

namespace interlude::crash {
namespace {

using sys::sim::Fault;
using testing::HasSubstr;

class Device : public testing::Test {
 protected:
  Device() : disk_(new_device(publisher_)) {}

  Status run(const Work& work, const Network& before = {}, const Network& after = {}) {
    return run_agent(disk_, publisher_, work, {}, before, after);
  }
  void expect_done(const Status& status) { EXPECT_TRUE(status) << status.error().message(); }
  json::Value status() {
    const auto report = device::make_report(disk_, Layout("/device"), start_time());
    EXPECT_TRUE(report);
    return report ? to_json(*report) : json::Value();
  }
  Network fault(const std::string& part, Fault::Kind kind, std::uint64_t after_bytes = 0) {
    return [=](sys::sim::Transport& transport) {
      transport.fail(part, {kind, after_bytes, 0, ~0U});
    };
  }

  Publisher publisher_;
  sys::sim::FileSystem disk_;
};

TEST_F(Device, LosesNothingToAProvisioningThatIsRefused) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  device::Provisioning anew = provisioning(publisher_);
  anew.replace = true;
  device::Provisioning bad_root = anew;
  bad_root.trusted_root.back() = 'x';
  device::Provisioning no_tree = anew;
  no_tree.config.tree = "/nowhere";
  const std::uint64_t before = disk_.operations();
  for (const device::Provisioning& wanted : {bad_root, no_tree}) {
    EXPECT_FALSE(device::provision(disk_, Layout("/device"), wanted));
    EXPECT_FALSE(device::provision(disk_, Layout("/other"), wanted));
  }
  EXPECT_EQ(disk_.operations(), before) << "something was written";
  EXPECT_EQ(status()["letter"], "a");
}

TEST_F(Device, SaysThatThereIsNothingForItsBaseline) {
  expect_done(run(poll));
  EXPECT_EQ(status()["reason"], "no improvement for this baseline: box 1");
  const Status asked = run(install("a"));
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind(), ErrorKind::NotFound);
}

TEST_F(Device, ReportsWhatIsOnAndWhatItCost) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  const json::Value now = status();
  EXPECT_EQ(now["letter"], "a");
  EXPECT_EQ(now["state"], "committed");
  EXPECT_EQ(now["components"][0]["state"], "on");
  EXPECT_EQ(now["published_at"], "2026-11-24T08:00:00Z");
  EXPECT_GT(now["payload_bytes"], 0);
  EXPECT_GT(now["bytes_received"], now["payload_bytes"]);
}

TEST_F(Device, AsksOneConditionalQuestionWhereNothingIsNew) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(poll, {}, [](sys::sim::Transport& transport) {
    ASSERT_EQ(transport.requests().size(), 1U);
    EXPECT_THAT(transport.requests()[0].url, HasSubstr("timestamp.json"));
    EXPECT_FALSE(transport.requests()[0].etag.empty());
  }));
}

TEST_F(Device, RepairGoesToWhatIsWholeAndThePollBringsTheRestBack) {
  publisher_.publish_through("a");
  expect_done(run(install("a")));
  publisher_.publish_through("b");
  expect_done(run(install("b")));
  const Layout layout("/device");
  const std::string id = file_name_of(*disk_.read_link(layout.active()));
  const Path file = join(layout.generation(id), "tree/usr/bin/tool");
  ASSERT_TRUE(disk_.write(file, as_bytes("damaged"), 0755));
  std::vector<std::string> told;
  const auto repair = [&](device::Agent& agent) -> Status {
    auto done = agent.repair();
    if (!done) return std::unexpected(done.error());
    told = std::move(*done);
    return {};
  };
  expect_done(run(repair));
  EXPECT_THAT(told, testing::Contains(HasSubstr("is damaged")));
  EXPECT_EQ(letter_on(disk_), "a");
  expect_done(run(poll));
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with("b"));
  expect_done(run(repair));
  EXPECT_THAT(told, testing::IsEmpty());
}

TEST_F(Device, UsesTheFullPayloadWhereTheSmallOneIsGarbage) {
  publisher_.publish_through("a");
  expect_done(run(poll, fault("from-baseline", Fault::Kind::Garbage)));
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with("a"));
}

// Signed, of the right length and hash, and still not what makes the files of the manifest.
TEST_F(Device, UsesTheFullPayloadWhereTheSmallOneRebuildsOtherBytes) {
  publisher_.spoil_small_payload();
  publisher_.publish_through("a");
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with("a"));
}

TEST_F(Device, DoesNotSwitchToWhatTheMediumDidNotKeep) {
  publisher_.publish_through("a");
  disk_.spoil(".partial/tree/usr/lib");
  std::vector<std::string> steps;
  const auto note = [&](sys::FileSystem&, std::string_view step) { steps.emplace_back(step); };
  const Status done = run_agent(disk_, publisher_, poll, note);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), HasSubstr("reading back"));
  EXPECT_THAT(steps, testing::Not(testing::Contains("activating")));
  EXPECT_EQ(letter_on(disk_), "");
}

TEST_F(Device, StaysAsItIsWhereEveryPayloadIsGarbage) {
  publisher_.publish_through("a");
  const Status done = run(poll, fault(".payload", Fault::Kind::Garbage));
  ASSERT_FALSE(done);
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(status()["state"], "waiting");
  EXPECT_EQ(status()["reason_code"], "corrupt");
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(Device, ContinuesADownloadThatBrokeOff) {
  publisher_.publish_through("a");
  EXPECT_FALSE(run(poll, fault(".payload", Fault::Kind::Truncate, 20)));
  EXPECT_EQ(status()["reason_code"], "unreachable");
  expect_done(run(poll, {}, [](sys::sim::Transport& transport) {
    EXPECT_THAT(transport.requests(),
                testing::Contains(testing::Field(&sys::Request::offset, testing::Gt(0U))));
  }));
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(Device, WaitsLongerAfterADeadServer) {
  publisher_.publish_through("a");
  const Status done = run(poll, fault("publisher", Fault::Kind::Refuse));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::Unavailable);
  EXPECT_EQ(status()["reason_code"], "unreachable");
  EXPECT_EQ(status()["last_error"], done.error().message());
  const auto next = sys::parse_time(status()["next_poll"].get<std::string>());
  EXPECT_GE(*next, start_time() + std::chrono::minutes(15));
}

TEST_F(Device, InstallsNothingWhereRolloutDataIsRequired) {
  publisher_.require_rollout();
  publisher_.publish_through("a");
  expect_done(run(poll));
  EXPECT_EQ(status()["reason_code"], "rollout-data-missing");
  EXPECT_FALSE(run(install("a")));
  EXPECT_EQ(letter_on(disk_), "");
}

TEST_F(Device, ObeysAutomaticOff) {
  publisher_.publish_through("a");
  device::Memory memory(disk_, Layout("/device"));
  ASSERT_TRUE(memory.store(device::Settings{false}));
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(status()["available"], "a");
  EXPECT_EQ(status()["reason_code"], "automatic-off");
}

TEST_F(Device, StaysOnItsBaselineAfterARemovalUntilANewerLetter) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(remove));
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(status()["reason_code"], "removed");
  publisher_.publish_through("b");
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "b");
}

TEST_F(Device, ComesBackWithoutADownloadWhenAskedAfterARemoval) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(remove));
  expect_done(run(install("a"), fault(".payload", Fault::Kind::Refuse)));
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with("a"));
}

TEST_F(Device, StepsBackWithoutARepositoryAndStaysThere) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  publisher_.publish_through("b");
  expect_done(run(poll));
  expect_done(run(install("a"), fault("publisher", Fault::Kind::Refuse)));
  EXPECT_EQ(letter_on(disk_), "a");
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(status()["available"], "b");
}

TEST_F(Device, LeavesALocallyModifiedComponentAlone) {
  publisher_.publish_through("a");
  ASSERT_TRUE(disk_.write("/baseline/usr/bin/tool", as_bytes("mine"), 0755));
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "");
  const json::Value now = status();
  EXPECT_EQ(now["reason_code"], "nothing-applies");
  EXPECT_EQ(now["components"][0]["state"], "foreign");
  EXPECT_THAT(now["components"][0]["note"].get<std::string>(),
              HasSubstr(crypto::sha256(as_bytes("mine")).hex()));
  const Status asked = run([](device::Agent& agent) {
    return agent.run({device::Request::Kind::Install, std::nullopt, {"box"}});
  });
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind(), ErrorKind::Conflict);
}

TEST_F(Device, TellsWhereALocalModificationKeepsEverythingAway) {
  publisher_.publish_through("a");
  ASSERT_TRUE(disk_.write("/baseline/usr/bin/tool", as_bytes("mine"), 0755));
  expect_done(run(install("a")));
  EXPECT_EQ(status()["reason_code"], "nothing-applies");
  EXPECT_THAT(status()["reason"].get<std::string>(), HasSubstr("usr/bin/tool"));
}

TEST_F(Device, RefusesAPersonsRequestForAPathThroughALink) {
  publisher_.publish_through("a");
  ASSERT_TRUE(disk_.rename("/baseline/usr", "/elsewhere"));
  ASSERT_TRUE(disk_.make_symlink("/elsewhere", "/baseline/usr"));
  const Status asked = run(install("a"));
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind(), ErrorKind::Conflict);
  EXPECT_THAT(asked.error().message(), HasSubstr("usr is a symbolic link"));
  EXPECT_EQ(status()["letter"], nullptr);
}

TEST_F(Device, NamesTheComponentsWhereAnUnknownOneIsAskedFor) {
  publisher_.publish_through("a");
  const Status asked = run([](device::Agent& agent) {
    return agent.run({device::Request::Kind::Install, std::nullopt, {"bax"}});
  });
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(asked.error().message(), HasSubstr("it has: box"));
  EXPECT_EQ(status()["reason_code"], "available");
}

TEST_F(Device, NeverLetsAProgramWriteThroughItsTreeIntoTheBaseline) {
  publisher_.publish_through("a");
  ASSERT_TRUE(disk_.write("/baseline/data", as_bytes("data"), 0644));
  expect_done(run(poll));
  const Path active = join(Layout("/device").active(), "tree");
  ASSERT_TRUE(disk_.write(join(active, "data"), as_bytes("scribble"), 0644));
  ASSERT_TRUE(disk_.write(join(active, "etc/config"), as_bytes("scribble"), 0600));
  EXPECT_EQ(as_text(*disk_.read("/baseline/data", 100)), "data");
  EXPECT_EQ(as_text(*disk_.read("/baseline/etc/config", 100)), "mine\n");
}

}  // namespace
}  // namespace interlude::crash
