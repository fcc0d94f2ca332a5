// What arrives on a device when keys are stolen: the attacker has a mirror of its own, and signs
// with each of the online keys, or with all of them. And what a device checks beyond signatures.

#include <gmock/gmock.h>

#include "crash/fixture.hpp"
#include "json/json.hpp"
#include "tuf/metadata.hpp"

namespace interlude::crash {
namespace {

using testing::HasSubstr;

const std::string kList = "box-1";  // the list of the platform and baseline
const std::vector<std::string> kOnline = {"rollout", "snapshot", "timestamp"};

class DeviceAttack : public testing::Test {
 protected:
  DeviceAttack() : disk_(new_device(publisher_)) {
    publisher_.publish_through("a");
    EXPECT_TRUE(run_agent(disk_, publisher_, poll));
    EXPECT_EQ(letter_on(disk_), "a");
    // The attacker's improvement: well made, and signed by nobody whom the device trusts.
    foreign_.publish_through("b");
    timestamp_ = signed_part(publisher_, "timestamp.json");
    snapshot_ = signed_part(publisher_, versioned("snapshot"));
  }

  static json::Value signed_part(Publisher& publisher, const std::string& file) {
    const Result<Bytes> raw =
        publisher.disk().read("/repository/public/metadata/" + file, 1U << 20U);
    return raw ? json::parse(*raw)->at("signed") : json::Value();
  }
  std::string versioned(const std::string& role) const {
    const json::Value& from = role == "snapshot" ? timestamp_ : snapshot_;
    return std::to_string(from.at("meta").at(role + ".json").at("version").get<int>()) + "." +
           role + ".json";
  }
  json::Value list_of_publisher(const std::string& role) {
    return signed_part(publisher_, versioned(role));
  }

  /// The list as it is, in its next version, with everything that the attacker made.
  json::Value evil_list(const std::string& role) {
    json::Value list = list_of_publisher(role);
    list["version"] = list["version"].get<int>() + 1;
    for (int version = 9; version > 0; --version) {
      const json::Value theirs =
          signed_part(foreign_, std::to_string(version) + "." + kList + ".json");
      if (theirs.is_null()) continue;
      for (const auto& [path, entry] : theirs.at("targets").items()) {
        if (path.find("/b/") != std::string::npos) list["targets"][path] = entry;
      }
      break;
    }
    return list;
  }

  /// Serves `content` as the newest `role`, signed with the publisher's key `key`, and announces it
  /// with the stolen snapshot and timestamp keys; the attacker's files are there, too.
  Network serve(const std::string& role, const json::Value& content, const std::string& key) {
    const auto version = content.at("version").get<int>();
    json::Value snapshot = snapshot_;
    snapshot["version"] = snapshot["version"].get<int>() + 1;
    snapshot["meta"][role + ".json"] = {{"version", version}};
    json::Value timestamp = timestamp_;
    timestamp["version"] = timestamp["version"].get<int>() + 1;
    timestamp["meta"]["snapshot.json"] = {{"version", snapshot["version"]}};
    const std::map<std::string, Bytes> files = {
        {std::to_string(version) + "." + role + ".json", publisher_.sign(content, key)},
        {std::to_string(snapshot["version"].get<int>()) + ".snapshot.json",
         publisher_.sign(snapshot, "snapshot")},
        {"timestamp.json", publisher_.sign(timestamp, "timestamp")}};
    return [this, files](sys::sim::Transport& transport) {
      for (const auto& [name, raw] : files) {
        transport.put(std::string(kUrl) + "/metadata/" + name, raw);
      }
      transport.mount(std::string(kUrl) + "/targets/", foreign_.disk(),
                      "/repository/public/targets");
    };
  }

  /// Polls the attacker's mirror: whatever the device answers, it runs what it ran.
  Status poll_through(const Network& attack) {
    const Snapshot before = active_tree(disk_);
    const Status polled = run_agent(disk_, publisher_, poll, {}, attack);
    EXPECT_EQ(letter_on(disk_), "a");
    EXPECT_EQ(active_tree(disk_), before);
    return polled;
  }

  Publisher publisher_;
  Publisher foreign_;
  sys::sim::FileSystem disk_;
  json::Value timestamp_;
  json::Value snapshot_;
};

// The test itself: signed by the right key, the attacker's list would be installed.
TEST_F(DeviceAttack, OnlyThePlatformsKeyIntroducesContent) {
  const Network genuine = serve(kList, evil_list(kList), "platforms");
  EXPECT_TRUE(run_agent(disk_, publisher_, poll, {}, genuine));
  EXPECT_EQ(letter_on(disk_), "b");
}

TEST_F(DeviceAttack, StolenOnlineKeysCannotSignAPlatformsList) {
  for (const std::string& key : kOnline) {
    const Status polled = poll_through(serve(kList, evil_list(kList), key));
    ASSERT_FALSE(polled) << key;
    EXPECT_THAT(polled.error().message(), HasSubstr("signed by 0 of the keys")) << key;
  }
}

TEST_F(DeviceAttack, StolenOnlineKeysCannotNameAnotherSigner) {
  for (const std::string& key : kOnline) {
    json::Value targets = list_of_publisher("targets");
    targets["version"] = targets["version"].get<int>() + 1;
    for (json::Value& role : targets["delegations"]["roles"]) {
      if (role["name"] == kList) role["keyids"] = {publisher_.key_id(key)};
    }
    EXPECT_FALSE(poll_through(serve("targets", targets, key))) << key;
  }
}

TEST_F(DeviceAttack, StolenOnlineKeysCannotMakeARoot) {
  for (const std::string& key : kOnline) {
    json::Value root = signed_part(publisher_, "1.root.json");
    root["version"] = 2;
    root["roles"]["root"] = {{"keyids", {publisher_.key_id(key)}}, {"threshold", 1}};
    EXPECT_FALSE(poll_through([&](sys::sim::Transport& transport) {
      transport.put(std::string(kUrl) + "/metadata/2.root.json", publisher_.sign(root, key));
      json::Value timestamp = timestamp_;
      timestamp["version"] = timestamp["version"].get<int>() + 1;
      transport.put(std::string(kUrl) + "/metadata/timestamp.json",
                    publisher_.sign(timestamp, "timestamp"));
    })) << key;
  }
}

// The rollout key signs its own list, as it may, and names an improvement in it.
TEST_F(DeviceAttack, StolenRolloutKeyCannotNameAnImprovement) {
  const Status polled = poll_through(serve("rollout", evil_list("rollout"), "rollout"));
  EXPECT_TRUE(polled) << polled.error().message();
}

// All online keys together show a device an older list.
TEST_F(DeviceAttack, StolenOnlineKeysCannotGoBack) {
  json::Value old = list_of_publisher(kList);
  old["version"] = 0;
  json::Value snapshot = snapshot_;
  snapshot["meta"][kList + ".json"] = {{"version", 1}};
  publisher_.publish_through("b");
  ASSERT_TRUE(run_agent(disk_, publisher_, poll));
  ASSERT_EQ(letter_on(disk_), "b");
  snapshot["version"] = 100;
  json::Value timestamp = timestamp_;
  timestamp["version"] = 100;
  timestamp["meta"]["snapshot.json"] = {{"version", 100}};
  const Status polled = run_agent(disk_, publisher_, poll, {}, [&](sys::sim::Transport& transport) {
    transport.put(std::string(kUrl) + "/metadata/100.snapshot.json",
                  publisher_.sign(snapshot, "snapshot"));
    transport.put(std::string(kUrl) + "/metadata/timestamp.json",
                  publisher_.sign(timestamp, "timestamp"));
  });
  EXPECT_FALSE(polled);
  EXPECT_EQ(letter_on(disk_), "b");
}

// ── beyond signatures ───────────────────────────────────────────────────────────────────────────

// Extraneous dependencies: the manifest names a payload that no list names. A mirror has one.
TEST_F(DeviceAttack, ExtraneousDependencies) {
  json::Value list = evil_list(kList);
  for (const char* name : {"/box.from-baseline.payload", "/box.full.payload"}) {
    list["targets"].erase("local/box/1/b" + std::string(name));
  }
  ASSERT_EQ(list["targets"].dump().find("/b/box."), std::string::npos);
  const Status polled = poll_through(serve(kList, list, "platforms"));
  ASSERT_FALSE(polled);
  EXPECT_THAT(polled.error().message(), HasSubstr("the signed list does not"));
}

// An improvement under another's name: the list says (b), the file under that name is (a).
TEST_F(DeviceAttack, ManifestUnderAnotherName) {
  json::Value list = evil_list(kList);
  list["targets"]["local/box/1/b/manifest.json.zst"] =
      list["targets"]["local/box/1/a/manifest.json.zst"];
  const Network attack = serve(kList, list, "platforms");
  const std::string digest =
      list["targets"]["local/box/1/a/manifest.json.zst"]["hashes"]["sha256"].get<std::string>();
  const Status polled = poll_through([&](sys::sim::Transport& transport) {
    attack(transport);
    transport.put(std::string(kUrl) + "/targets/local/box/1/b/" + digest + ".manifest.json.zst",
                  *publisher_.disk().read(
                      "/repository/public/targets/local/box/1/a/" + digest + ".manifest.json.zst",
                      1U << 20U));
  });
  ASSERT_FALSE(polled);
  EXPECT_THAT(polled.error().message(), HasSubstr("calls itself"));
}

// A published letter never gets other bytes, whoever signs them.
TEST_F(DeviceAttack, PublishedLetterWithOtherBytes) {
  ASSERT_TRUE(run_agent(disk_, publisher_, remove));
  Publisher other;
  other.spoil_small_payload();
  other.publish_through("a");
  json::Value theirs;
  for (int version = 1; theirs.is_null(); ++version) {
    theirs = signed_part(other, std::to_string(version) + "." + kList + ".json");
  }
  json::Value list = evil_list(kList);
  list["targets"] = theirs["targets"];
  const Network attack = serve(kList, list, "platforms");
  const Status installed =
      run_agent(disk_, publisher_, install("a"), {}, [&](sys::sim::Transport& transport) {
        attack(transport);
        transport.mount(std::string(kUrl) + "/targets/", other.disk(),
                        "/repository/public/targets");
      });
  ASSERT_FALSE(installed);
  EXPECT_THAT(installed.error().message(), HasSubstr("other bytes"));
  EXPECT_EQ(letter_on(disk_), "");
}

}  // namespace
}  // namespace interlude::crash
