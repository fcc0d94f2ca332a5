// Mirrors that are dead or wrong, and updates that were interrupted.

#include "tuf/test_client.hpp"

namespace interlude::tuf {
namespace {

using sys::sim::Fault;
using testing::HasSubstr;

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
