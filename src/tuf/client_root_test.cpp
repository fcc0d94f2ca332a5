// From the trusted root to the newest one, and what its keys change.

#include "tuf/test_client.hpp"

namespace interlude::tuf {
namespace {

using sys::sim::Fault;
using testing::ElementsAre;
using testing::HasSubstr;

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

}  // namespace
}  // namespace interlude::tuf
