#include "tuf/client.hpp"

#include <gmock/gmock.h>

#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/test_publisher.hpp"

namespace interlude::tuf {
namespace {

using sys::sim::Fault;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    publisher.roles["targets"]["targets"]["top"] = TestPublisher::target("top");
    publisher.publish(transport);
    provision();
  }

  void provision() { EXPECT_TRUE(Client::initialise(disk, kDirectory, publisher.file("root"))); }

  Client client(const std::vector<std::string>& urls = {kUrl}) {
    return {disk, transport, clock, kDirectory, mirrors_at(urls)};
  }

  Status refresh() { return client().refresh(); }

  /// Expects a refresh to be refused with this kind and words.
  void refuses(ErrorKind kind, const std::string& words) {
    const Status refreshed = refresh();
    ASSERT_FALSE(refreshed);
    EXPECT_EQ(refreshed.error().kind(), kind) << refreshed.error().message();
    EXPECT_THAT(refreshed.error().message(), HasSubstr(words));
  }

  std::vector<std::string> names() { return *disk.list(kDirectory); }

  /// File names asked for since the last call.
  std::vector<std::string> asked() {
    std::vector<std::string> all;
    for (std::size_t i = seen_; i < transport.requests().size(); ++i) {
      all.push_back(interlude::file_name_of(transport.requests()[i].url));
    }
    seen_ = transport.requests().size();
    return all;
  }

  std::string stored(const std::string& name) {
    return to_text(*disk.read(join(kDirectory, name), 1'000'000));
  }

  TestPublisher publisher;
  sys::sim::FileSystem disk;
  sys::sim::Transport transport;
  sys::sim::Clock clock{kNow};

 private:
  std::size_t seen_ = 0;
};

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

// ── root ────────────────────────────────────────────────────────────────────────────────────────

TEST_F(ClientTest, FollowsAChainOfRootsWithNewKeys) {
  for (int i = 0; i < 3; ++i) {
    const crypto::PrivateKey old = publisher.keys.at("root");
    publisher.replace_key("root");
    publisher.bump("root");
    publisher.serve_root(transport, {old, publisher.keys.at("root")});
  }
  ASSERT_TRUE(refresh());
  EXPECT_THAT(asked(), ElementsAre("2.root.json", "3.root.json", "4.root.json", "5.root.json",
                                   "timestamp.json", "1.snapshot.json", "1.targets.json"));
  EXPECT_THAT(stored("root.json"), HasSubstr(R"("version":4)"));
}

TEST_F(ClientTest, RootNotSignedByTheOldKeyIsRefused) {
  publisher.replace_key("root");
  publisher.bump("root");
  publisher.serve_root(transport, {publisher.keys.at("root")});
  refuses(ErrorKind::Untrusted, "2.root.json: signed by 0");
}

TEST_F(ClientTest, RootNotSignedByItsOwnKeyIsRefused) {
  const crypto::PrivateKey old = publisher.keys.at("root");
  publisher.replace_key("root");
  publisher.bump("root");
  publisher.serve_root(transport, {old});
  refuses(ErrorKind::Untrusted, "2.root.json: signed by 0");
}

TEST_F(ClientTest, RootOfAnotherVersionThanItsNameIsRefused) {
  publisher.roles["root"]["version"] = 3;
  transport.put(TestPublisher::metadata_url("2.root.json"), publisher.file("root"));
  refuses(ErrorKind::Untrusted, "2.root.json: has version 3 inside");
}

TEST_F(ClientTest, ServerErrorWhileAskingForARootIsNotTheEndOfTheChain) {
  transport.fail("2.root.json", {.kind = Fault::Kind::ServerError});
  refuses(ErrorKind::Unavailable, "2.root.json");
}

TEST_F(ClientTest, ExpiryOfARootInBetweenDoesNotMatterButOfTheLastDoes) {
  publisher.bump("root");
  publisher.roles["root"]["expires"] = sys::to_text(kNow - kDay);
  publisher.serve_root(transport, {publisher.keys.at("root")});
  refuses(ErrorKind::Untrusted, "root.json: expired");
  EXPECT_THAT(names(), ElementsAre("root.json")) << "nothing else is updated";
  EXPECT_THAT(stored("root.json"), HasSubstr(R"("version":2)")) << "but it stays stored";
  publisher.bump("root");
  publisher.roles["root"]["expires"] = sys::to_text(kNow + kDay);
  publisher.serve_root(transport, {publisher.keys.at("root")});
  EXPECT_TRUE(refresh());
}

TEST_F(ClientTest, NewTimestampKeyForgetsAFastForwardedTimestamp) {
  publisher.roles["timestamp"]["version"] = 1000;
  publisher.serve_timestamp(transport);
  ASSERT_TRUE(refresh());
  publisher.replace_key("timestamp");
  publisher.roles["timestamp"]["version"] = 2;
  publisher.bump("root");
  publisher.serve_root(transport, {publisher.keys.at("root")});
  publisher.serve_timestamp(transport);
  const Status refreshed = refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_THAT(stored("timestamp.json"), HasSubstr(R"("version":2)"));
}

TEST_F(ClientTest, NewKeyBesideTheOldOneForgetsAFastForwardedSnapshot) {
  publisher.roles["targets"]["version"] = 1000;
  publisher.roles["snapshot"]["version"] = 1000;
  publisher.publish(transport);
  ASSERT_TRUE(refresh());
  publisher.roles["targets"]["version"] = 2;
  const crypto::PrivateKey old = publisher.keys.at("snapshot");
  publisher.replace_key("snapshot");
  publisher.roles["root"]["roles"]["snapshot"] =
      TestPublisher::signers({old, publisher.keys.at("snapshot")});
  publisher.bump("root");
  publisher.serve_root(transport, {publisher.keys.at("root")});
  publisher.roles["snapshot"]["version"] = 2;
  publisher.publish(transport);
  const Status refreshed = refresh();
  EXPECT_TRUE(refreshed) << refreshed.error().message();
}

TEST_F(ClientTest, StopsAskingForRootsAtTheCap) {
  for (int i = 0; i < 260; ++i) {
    publisher.bump("root");
    publisher.serve_root(transport, {publisher.keys.at("root")});
  }
  ASSERT_TRUE(refresh());
  EXPECT_THAT(stored("root.json"), HasSubstr(R"("version":257)"));
}

// ── mirrors ─────────────────────────────────────────────────────────────────────────────────────

TEST_F(ClientTest, NextMirrorHelpsWhereTheFirstIsDeadOrWrong) {
  publisher.publish(transport, "http://other");
  for (const Fault::Kind kind : {Fault::Kind::Refuse, Fault::Kind::Garbage, Fault::Kind::Endless,
                                 Fault::Kind::NotFound, Fault::Kind::Truncate}) {
    provision();
    transport.heal();
    transport.fail("http://mirror/metadata/timestamp", {.kind = kind});
    const Status refreshed = client({kUrl, "http://other"}).refresh();
    EXPECT_TRUE(refreshed) << refreshed.error().message();
  }
}

TEST_F(ClientTest, MirrorThatWorkedIsAskedFirstNextTime) {
  publisher.publish(transport, "http://other");
  transport.fail("http://mirror/", {.kind = Fault::Kind::Refuse});
  Client both = client({kUrl, "http://other"});
  EXPECT_EQ(*both.changed(), true);
  asked();
  ASSERT_TRUE(both.refresh());
  for (const sys::Request& request : transport.requests()) {
    const bool first = &request == &transport.requests().front();
    EXPECT_TRUE(first || request.url.starts_with("http://other")) << request.url;
  }
}

TEST_F(ClientTest, ReportsTheRefusalRatherThanTheSilence) {
  publisher.add_key("timestamp");
  publisher.serve_timestamp(transport);
  transport.fail("http://dead/", {.kind = Fault::Kind::Refuse});
  const Status refreshed = client({"http://dead", kUrl, "http://dead/too"}).refresh();
  EXPECT_EQ(refreshed.error().kind(), ErrorKind::Untrusted);
  EXPECT_THAT(refreshed.error().message(), HasSubstr(kUrl));
}

TEST_F(ClientTest, NeedsAUrl) {
  EXPECT_EQ(client({}).refresh().error().kind(), ErrorKind::Invalid);
}

// ── crashes ─────────────────────────────────────────────────────────────────────────────────────

// An update from versions 1 to 2 of everything, the root with new keys among them.
class Interrupted : public ClientTest {
 protected:
  Interrupted() {
    publisher.delegate("targets", "role", {"a/*"});
    publisher.publish(transport);
    EXPECT_TRUE(work());
    disk.restart(sys::sim::Survivors::Everything);
    const crypto::PrivateKey old = publisher.keys.at("root");
    publisher.replace_key("root");
    publisher.replace_key("timestamp");
    publisher.bump("root");
    publisher.bump("targets");
    publisher.bump("role");
    publisher.publish(transport);
    publisher.serve_root(transport, {old, publisher.keys.at("root")});
  }

  bool work() {
    Client update = client();
    return update.changed() && update.refresh() && update.delegated("role");
  }

  void expect_complete(const std::string& where) {
    Client update = client();
    EXPECT_TRUE(update.load()) << where;
    const Status refreshed = update.refresh();
    ASSERT_TRUE(refreshed) << where << ": " << refreshed.error().message();
    EXPECT_EQ(update.delegated("role")->version, 2U) << where;
    EXPECT_EQ(*client().changed(), false) << where;
  }
};

TEST_F(Interrupted, ByAPowerCutAtAnyOperationGoesOnLater) {
  const sys::sim::FileSystem before = disk;
  for (const auto survivors : {sys::sim::Survivors::OnlySynced, sys::sim::Survivors::Everything,
                               sys::sim::Survivors::Random}) {
    for (std::uint64_t cut = 1;; ++cut) {
      disk = before;
      disk.cut_power_at(cut, sys::sim::AfterCut::Torn);
      const bool finished = work();
      disk.restart(survivors, cut);
      expect_complete("cut at " + std::to_string(cut));
      if (finished) break;
    }
  }
}

TEST_F(Interrupted, ByAFailureOfAnyOperationGoesOnLater) {
  const sys::sim::FileSystem before = disk;
  for (std::uint64_t nth = 1;; ++nth) {
    disk = before;
    const std::uint64_t start = disk.operations();
    disk.fail_at(nth, ErrorKind::NoSpace);
    (void)work();
    const bool beyond = disk.operations() - start < nth;
    disk.restart(sys::sim::Survivors::Everything);
    expect_complete("failure at " + std::to_string(nth));
    if (beyond) break;
  }
}

TEST_F(Interrupted, DiskFullIsReportedAsSuchAndNoOtherMirrorIsAsked) {
  publisher.publish(transport, "http://other");
  disk.set_capacity(0);
  const Status refreshed = client({kUrl, "http://other"}).refresh();
  EXPECT_EQ(refreshed.error().kind(), ErrorKind::NoSpace);
  for (const sys::Request& request : transport.requests()) {
    EXPECT_THAT(request.url, testing::Not(HasSubstr("other")));
  }
}

}  // namespace
}  // namespace interlude::tuf
