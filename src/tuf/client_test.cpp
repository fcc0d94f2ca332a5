// The four top-level roles: what is accepted, in which order it is asked for, and what is refused.

#include "tuf/test_client.hpp"

namespace interlude::tuf {
namespace {

using sys::sim::Fault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// ── what works ──────────────────────────────────────────────────────────────────────────────────

TEST_F(ClientTest, RefreshAsksInOrderAndKeepsTheRawBytes) {
  ASSERT_TRUE(refresh());
  EXPECT_THAT(asked(),
              ElementsAre("2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"));
  EXPECT_EQ(stored("timestamp.json"), to_text(publisher.file("timestamp")));
  EXPECT_EQ(stored("snapshot.json"), to_text(publisher.file("snapshot")));
  EXPECT_EQ(stored("targets.json"), to_text(publisher.file("targets")));
}

TEST_F(ClientTest, SecondRefreshFetchesNoMoreThanRootAndTimestamp) {
  ASSERT_TRUE(refresh());
  asked();
  ASSERT_TRUE(refresh());
  EXPECT_THAT(asked(), ElementsAre("2.root.json", "timestamp.json"));
}

TEST_F(ClientTest, PollWithNothingNewIsOneConditionalRequest) {
  ASSERT_TRUE(refresh());
  asked();
  const std::uint64_t before = transport.received_bytes();
  Client poll = client();
  EXPECT_EQ(*poll.changed(), false);
  EXPECT_THAT(asked(), ElementsAre("timestamp.json"));
  EXPECT_FALSE(transport.requests().back().etag.empty());
  EXPECT_LT(transport.received_bytes() - before, 1024U);
  EXPECT_TRUE(poll.find("top"));
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(ClientTest, PollNoticesANewTimestampAndRefreshUsesTheAnswer) {
  ASSERT_TRUE(refresh());
  publisher.bump("targets");
  publisher.publish(transport);
  asked();
  Client poll = client();
  EXPECT_EQ(*poll.changed(), true);
  ASSERT_TRUE(poll.refresh());
  EXPECT_THAT(asked(),
              ElementsAre("timestamp.json", "2.root.json", "2.snapshot.json", "2.targets.json"));
}

TEST_F(ClientTest, PollDoesNotTrustSilenceOnceTheTimestampExpired) {
  ASSERT_TRUE(refresh());
  clock.advance(31 * kDay);
  Client poll = client();
  EXPECT_EQ(*poll.changed(), true);
  EXPECT_THAT(poll.refresh().error().message(), HasSubstr("expired"));
}

// Who once answers with the old timestamp and the ETag of a newer one would else keep a device from
// noticing it, even after the old one expired and the liar is gone.
TEST_F(ClientTest, PollSendsNoEtagOnceTheTimestampExpired) {
  ASSERT_TRUE(refresh());
  clock.advance(31 * kDay);
  Client poll = client();
  EXPECT_EQ(*poll.changed(), true);
  EXPECT_EQ(transport.requests().back().etag, "");
}

TEST_F(ClientTest, PollGoesOnWhereAnEarlierRefreshWasCutShort) {
  transport.fail("snapshot", {.kind = Fault::Kind::Refuse, .times = 1});
  EXPECT_FALSE(refresh());
  Client poll = client();
  EXPECT_EQ(*poll.changed(), true) << "the timestamp is stored, what it announces is not";
  EXPECT_TRUE(poll.refresh());
}

TEST_F(ClientTest, EtagOfAnotherMirrorIsNotSent) {
  ASSERT_TRUE(refresh());
  publisher.publish(transport, "http://other");
  EXPECT_TRUE(client({"http://other"}).changed());
  EXPECT_EQ(transport.requests().back().etag, "");
}

TEST_F(ClientTest, LoadNeedsNoNetworkAndIgnoresExpiry) {
  publisher.delegate("targets", "role", {"a/*"});
  publisher.roles["role"]["targets"]["a/x"] = TestPublisher::target("x");
  publisher.publish(transport);
  Client first = client();
  ASSERT_TRUE(first.refresh());
  ASSERT_TRUE(first.delegated("role"));
  clock.advance(400 * kDay);
  asked();
  Client later = client();
  ASSERT_TRUE(later.load());
  EXPECT_EQ(later.delegated("role")->targets.size(), 1U);
  EXPECT_TRUE(later.find("a/x"));
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(ClientTest, LoadSaysThatNothingWasEverVerified) {
  EXPECT_EQ(client().load().error().kind(), ErrorKind::NotFound);
}

TEST_F(ClientTest, FollowsARepositoryWithoutConsistentSnapshots) {
  publisher.roles["root"]["consistent_snapshot"] = false;
  publisher.publish(transport);
  provision();
  ASSERT_TRUE(refresh());
  EXPECT_THAT(asked(),
              ElementsAre("2.root.json", "timestamp.json", "snapshot.json", "targets.json"));
}

TEST_F(ClientTest, FollowsVersionsWithoutHashes) {
  publisher.announce_hashes = false;
  publisher.publish(transport);
  EXPECT_TRUE(refresh());
}

TEST_F(ClientTest, KeepsUnknownSignedMembers) {
  publisher.roles["targets"]["x-new"] = {{"a", 1}};
  publisher.roles["timestamp"]["x-new"] = "b";
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  EXPECT_THAT(stored("targets.json"), HasSubstr("x-new"));
}

// ── refusals ────────────────────────────────────────────────────────────────────────────────────

TEST_F(ClientTest, InitialiseRefusesARootNotSignedByItself) {
  const Bytes root = signed_by(publisher.roles["root"], {publisher.keys.at("targets")});
  EXPECT_EQ(Client::initialise(disk, kDirectory, root).error().kind(), ErrorKind::Untrusted);
  EXPECT_EQ(Client::initialise(disk, kDirectory, to_bytes("{}")).error().kind(),
            ErrorKind::Corrupt);
}

TEST_F(ClientTest, BrokenTrustedRootFailsBeforeAnyRequest) {
  ASSERT_TRUE(disk.write(kDirectory + "/root.json", to_bytes("{"), 0644));
  EXPECT_EQ(refresh().error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(asked(), IsEmpty());
}

class EachRole : public ClientTest, public testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Roles, EachRole, testing::Values("timestamp", "snapshot", "targets"));

TEST_P(EachRole, SignedByAnotherKeyIsRefused) {
  publisher.add_key(GetParam());
  publisher.publish(transport);
  refuses(ErrorKind::Untrusted, GetParam() + ".json: signed by 0 of the keys");
}

TEST_P(EachRole, ExpiredIsRefused) {
  publisher.roles[GetParam()]["expires"] = sys::to_text(kNow);
  publisher.publish(transport);
  refuses(ErrorKind::Untrusted, GetParam() + ".json: expired");
}

TEST_P(EachRole, OfAnotherTypeIsRefused) {
  publisher.roles[GetParam()]["_type"] = "mirrors";
  publisher.publish(transport);
  refuses(ErrorKind::Corrupt, "_type");
}

TEST_P(EachRole, OfAnotherSpecificationIsRefused) {
  publisher.roles[GetParam()]["spec_version"] = "2.0.0";
  publisher.publish(transport);
  refuses(ErrorKind::Corrupt, "spec_version");
}

TEST_P(EachRole, LongerThanItMayBeIsRefused) {
  transport.fail(GetParam(), {.kind = Fault::Kind::Endless});
  refuses(ErrorKind::Corrupt, "is longer than the");
}

TEST_P(EachRole, MissingIsReported) {
  transport.fail(GetParam(), {.kind = Fault::Kind::NotFound});
  refuses(ErrorKind::NotFound, GetParam());
}

TEST_P(EachRole, GarbageIsRefused) {
  transport.fail(GetParam(), {.kind = Fault::Kind::Garbage});
  refuses(ErrorKind::Corrupt, GetParam());
}

TEST_F(ClientTest, WrongHashIsRefusedBeforeParsing) {
  Bytes raw = publisher.file("snapshot");
  raw.back() = '{';
  transport.put(publisher.url_of("snapshot"), raw);
  refuses(ErrorKind::Corrupt, "its sha256 is");
}

TEST_F(ClientTest, WrongHashOfTheTargetsIsRefused) {
  transport.put(publisher.url_of("targets"), to_bytes(to_text(publisher.file("targets")) + " "));
  refuses(ErrorKind::Corrupt, "targets.json: is ");
  publisher.roles["targets"]["x-other"] = 1;
  const std::string other = to_text(publisher.file("targets"));
  publisher.roles["targets"]["x-other"] = 2;
  publisher.publish(transport);
  transport.put(publisher.url_of("targets"), to_bytes(other));
  refuses(ErrorKind::Corrupt, "targets.json: its sha256 is");
}

TEST_F(ClientTest, NoMoreIsReadThanAnnounced) {
  transport.fail("snapshot", {.kind = Fault::Kind::Endless});
  const std::size_t length = publisher.file("snapshot").size();
  refuses(ErrorKind::Corrupt, "longer than the " + std::to_string(length) + " bytes");
}

TEST_F(ClientTest, StoredSnapshotIsNotUsedOnceItExpired) {
  publisher.roles["snapshot"]["expires"] = sys::to_text(kNow + kDay);
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  clock.advance(kDay);
  EXPECT_EQ(*client().changed(), true);
  refuses(ErrorKind::Untrusted, "snapshot.json: expired");
}

TEST_F(ClientTest, LowerTimestampIsRefused) {
  const Bytes old = publisher.file("timestamp");
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  transport.put(publisher.url_of("timestamp"), old);
  refuses(ErrorKind::Untrusted, "has version 1, version 2 was here before");
}

TEST_F(ClientTest, ExpiredStoredTimestampStillForbidsALowerOne) {
  const Bytes old = publisher.file("timestamp");
  publisher.roles["timestamp"]["expires"] = sys::to_text(kNow + kDay);
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  clock.advance(2 * kDay);
  transport.put(publisher.url_of("timestamp"), old);
  refuses(ErrorKind::Untrusted, "version 2 was here before");
}

TEST_F(ClientTest, ExpiredTimestampReplayedIsRefused) {
  ASSERT_TRUE(refresh());
  clock.advance(30 * kDay);
  refuses(ErrorKind::Untrusted, "timestamp.json: expired");
}

TEST_F(ClientTest, EqualTimestampVersionKeepsTheStoredOne) {
  ASSERT_TRUE(refresh());
  const std::string before = stored("timestamp.json");
  publisher.roles["timestamp"]["x-other"] = 1;
  publisher.serve_timestamp(transport);
  ASSERT_TRUE(refresh());
  EXPECT_EQ(stored("timestamp.json"), before);
}

TEST_F(ClientTest, TimestampThatNamesALowerSnapshotIsRefused) {
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  const std::string before = stored("timestamp.json");
  publisher.roles["snapshot"]["version"] = 1;
  publisher.bump("timestamp");
  publisher.serve_snapshot(transport);
  refuses(ErrorKind::Untrusted, "names version 1 of the snapshot");
  EXPECT_EQ(stored("timestamp.json"), before);
}

TEST_F(ClientTest, SnapshotThatListsALowerVersionIsRefused) {
  publisher.bump("targets");
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  publisher.roles["targets"]["version"] = 1;
  publisher.publish(transport);
  refuses(ErrorKind::Untrusted, "lists version 1 of targets.json, version 2 was here before");
}

TEST_F(ClientTest, ExpiredStoredSnapshotStillForbidsLowerVersions) {
  publisher.bump("targets");
  publisher.roles["snapshot"]["expires"] = sys::to_text(kNow + kDay);
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  clock.advance(2 * kDay);
  publisher.roles["targets"]["version"] = 1;
  publisher.roles["snapshot"]["expires"] = sys::to_text(kNow + 9 * kDay);
  publisher.publish(transport);
  refuses(ErrorKind::Untrusted, "lists version 1 of targets.json");
}

TEST_F(ClientTest, SnapshotThatDropsARoleIsRefused) {
  publisher.delegate("targets", "role", {"*"});
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  publisher.roles["snapshot"]["meta"].erase("role.json");
  publisher.bump("snapshot");
  publisher.bump("timestamp");
  publisher.serve_snapshot(transport);
  refuses(ErrorKind::Untrusted, "no longer lists role.json");
}

// Mix and match: each file is properly signed, but they do not belong together.
TEST_F(ClientTest, SnapshotOfAnotherVersionThanAnnouncedIsRefused) {
  publisher.announce_hashes = false;
  publisher.publish(transport);
  publisher.roles["snapshot"]["version"] = 7;
  transport.put(TestPublisher::metadata_url("2.snapshot.json"), publisher.file("snapshot"));
  refuses(ErrorKind::Untrusted, "has version 7, announced is 2");
}

TEST_F(ClientTest, TargetsOfAnotherVersionThanAnnouncedIsRefused) {
  publisher.announce_hashes = false;
  publisher.publish(transport);
  publisher.roles["targets"]["version"] = 7;
  transport.put(TestPublisher::metadata_url("1.targets.json"), publisher.file("targets"));
  refuses(ErrorKind::Untrusted, "has version 7, announced is 1");
}

TEST_F(ClientTest, TimestampIsKeptThoughTheSnapshotFails) {
  ASSERT_TRUE(refresh());
  publisher.publish(transport);
  transport.fail("snapshot", {.kind = Fault::Kind::NotFound});
  EXPECT_FALSE(refresh());
  EXPECT_EQ(stored("timestamp.json"), to_text(publisher.file("timestamp")));
}

}  // namespace
}  // namespace interlude::tuf
