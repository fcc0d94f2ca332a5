// When it was signed: old metadata, metadata from too far ahead, and none that is new.

#include "attack/fixture.hpp"

namespace interlude::tuf {
namespace {

// ── rollback ────────────────────────────────────────────────────────────────────────────────────

TEST_F(Attack, RollbackOfTheTimestamp) {
  const Bytes old = publisher.file("timestamp");
  publisher.bump("timestamp");
  publisher.serve_timestamp(transport);
  ASSERT_TRUE(refresh());
  transport.put(publisher.url_of("timestamp"), old);
  expect_refused("timestamp");
}

// With the timestamp key stolen: a new timestamp that names an old snapshot.
TEST_F(Attack, RollbackOfTheSnapshot) {
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  publisher.roles["snapshot"]["version"] = 1;
  publisher.bump("timestamp");
  publisher.serve_snapshot(transport);
  expect_refused("timestamp");
}

// With both online keys stolen: a new snapshot that lists an old version.
TEST_F(Attack, RollbackOfAList) {
  publisher.bump("targets");
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  publisher.roles["targets"]["version"] = 1;
  publisher.publish(transport);
  expect_refused("snapshot");
}

TEST_F(Attack, RollbackByLeavingAListOut) {
  publisher.delegate("targets", "role", {"*"});
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  publisher.roles["snapshot"]["meta"].erase("role.json");
  publisher.bump("snapshot");
  publisher.bump("timestamp");
  publisher.serve_snapshot(transport);
  expect_refused("snapshot");
}

TEST_F(Attack, RollbackOfTheRoot) {
  const Bytes old = publisher.file("root");
  transport.put(TestPublisher::metadata_url("2.root.json"), old);
  EXPECT_FALSE(refresh());
  EXPECT_EQ(requests_for("3.root.json"), 0U) << "the same root was taken again and again";
}

// The same version with other content: whoever has the key may not say two things.
TEST_F(Attack, EqualVersionWithOtherContent) {
  ASSERT_TRUE(refresh());
  publisher.roles["timestamp"]["x-note"] = "other content";
  publisher.serve_timestamp(transport);
  EXPECT_TRUE(refresh());
  EXPECT_FALSE(trusts("timestamp", "other content"));
}

// ── fast-forward ────────────────────────────────────────────────────────────────────────────────

// Stolen online keys pushed versions to the end of what there is; new keys bring the device back.
TEST_F(Attack, FastForward) {
  publisher.roles["timestamp"]["version"] = 9'000'000'000;
  publisher.roles["snapshot"]["version"] = 9'000'000'000;
  publisher.serve_snapshot(transport);
  ASSERT_TRUE(refresh());

  const crypto::PrivateKey root_key = publisher.keys.at("root");
  publisher.bump("root");
  // The stolen keys stay known for a while, beside the new ones: what they signed still verifies.
  for (const char* role : {"timestamp", "snapshot"}) {
    const crypto::PrivateKey stolen = publisher.keys.at(role);
    publisher.replace_key(role);
    publisher.roles["root"]["roles"][role] =
        TestPublisher::signers({publisher.keys.at(role), stolen});
    publisher.roles[role]["version"] = 2;
  }
  publisher.serve_root(transport, {root_key});
  publisher.serve_snapshot(transport);
  EXPECT_TRUE(refresh()) << "the device is stuck at the attacker's version";
}

// ── freeze ──────────────────────────────────────────────────────────────────────────────────────

TEST_F(Attack, FreezeByAnExpiredRoot) {
  publisher.roles["root"]["expires"] = sys::to_text(kNow + kDay);
  provision();
  clock.advance(kDay);
  expect_refused("timestamp");
}

TEST_F(Attack, FreezeByAnExpiredTimestamp) {
  publisher.roles["timestamp"]["expires"] = sys::to_text(kNow + kDay);
  publisher.serve_timestamp(transport);
  clock.advance(kDay);
  expect_refused("timestamp");
}

// The one it has already, once more, after its time.
TEST_F(Attack, FreezeByTheStoredTimestamp) {
  publisher.roles["timestamp"]["expires"] = sys::to_text(kNow + kDay);
  publisher.serve_timestamp(transport);
  ASSERT_TRUE(refresh());
  clock.advance(kDay);
  expect_refused("timestamp");
}

TEST_F(Attack, FreezeByAnExpiredSnapshot) {
  publisher.roles["snapshot"]["expires"] = sys::to_text(kNow + kDay);
  publisher.serve_snapshot(transport);
  clock.advance(kDay);
  expect_refused("snapshot");
}

TEST_F(Attack, FreezeByTheStoredSnapshot) {
  publisher.roles["snapshot"]["expires"] = sys::to_text(kNow + kDay);
  publisher.serve_snapshot(transport);
  ASSERT_TRUE(refresh());
  clock.advance(kDay);
  expect_refused("snapshot");
}

TEST_F(Attack, FreezeByAnExpiredList) {
  publisher.roles["targets"]["expires"] = sys::to_text(kNow + kDay);
  publisher.publish(transport);
  clock.advance(kDay);
  expect_refused("targets");
}

// ── mix and match ───────────────────────────────────────────────────────────────────────────────

// Files that were never there together. Signed each, but not the ones announced.
TEST_F(Attack, MixAndMatchOfSnapshots) {
  publisher.announce_hashes = false;
  const Bytes first = publisher.file("snapshot");
  publisher.publish(transport);
  transport.put(publisher.url_of("snapshot"), first);
  expect_refused("snapshot");
}

TEST_F(Attack, MixAndMatchOfLists) {
  publisher.announce_hashes = false;
  const Bytes first = publisher.file("targets");
  publisher.bump("targets");
  publisher.publish(transport);
  transport.put(publisher.url_of("targets"), first);
  expect_refused("targets");
}

// Where hashes are announced, also an equal version does not help: one file is announced, another
// of the same version and length is there.
void serve_two_of_one_version(const std::string& role, TestPublisher& publisher,
                              sys::sim::Transport& transport) {
  publisher.roles[role]["x-note"] = "one";
  publisher.publish(transport);
  publisher.roles[role]["x-note"] = "two";
  transport.put(publisher.url_of(role), publisher.file(role));
}

TEST_F(Attack, MixAndMatchOfSnapshotsOfOneVersion) {
  serve_two_of_one_version("snapshot", publisher, transport);
  expect_refused("snapshot");
}

TEST_F(Attack, MixAndMatchOfListsOfOneVersion) {
  serve_two_of_one_version("targets", publisher, transport);
  expect_refused("targets");
}

// Where only a length is announced, it counts, too.
TEST_F(Attack, MixAndMatchOfListsOfOtherLength) {
  const Bytes shorter = publisher.file("targets");
  publisher.roles["targets"]["x-note"] = "longer";
  publisher.publish(transport);
  publisher.roles["snapshot"]["meta"]["targets.json"].erase("hashes");
  publisher.serve_snapshot(transport);
  transport.put(publisher.url_of("targets"), shorter);
  expect_refused("targets");
}

// Two platforms' lists, of one version and signed by one key.
TEST_F(Attack, MixAndMatchOfPlatforms) {
  publisher.announce_hashes = false;
  for (const char* role : {"mine", "other"}) {
    publisher.delegate("targets", role, {std::string(role) + "/*"});
    publisher.roles[role][kRoleName] = role;
    publisher.roles["targets"]["delegations"]["roles"].back()["keyids"] = {
        key_id(publisher.keys.at("mine"))};
  }
  publisher.keys.insert_or_assign("other", publisher.keys.at("mine"));
  publisher.publish(transport);
  transport.put(publisher.url_of("mine"), publisher.file("other"));
  Client follower = client();
  ASSERT_TRUE(follower.refresh());
  EXPECT_FALSE(follower.delegated("mine")) << "another platform's list was taken for mine";
}

}  // namespace
}  // namespace interlude::tuf
