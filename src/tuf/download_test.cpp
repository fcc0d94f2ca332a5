#include <gmock/gmock.h>

#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/client.hpp"
#include "tuf/test_publisher.hpp"

namespace interlude::tuf {
namespace {

using sys::sim::Fault;
using testing::ElementsAre;
using testing::HasSubstr;

const Path kFile = "/incoming";
const Path kPartial = "/incoming.partial";

class Download : public testing::Test {
 protected:
  Download() : content_(100'000, 'x') {
    for (std::size_t i = 0; i < content_.size(); ++i) content_[i] = static_cast<char>('a' + i % 23);
    publisher.roles["targets"]["targets"]["dir/name"] = TestPublisher::target(content_);
    publisher.publish(transport);
    for (const std::string& url : {kUrl, kOther}) transport.put(at(url), to_bytes(content_));
    EXPECT_TRUE(Client::initialise(disk, kDirectory, publisher.file("root")));
    EXPECT_TRUE(client_.refresh());
    target = *client_.find("dir/name");
    metadata_requests_ = transport.requests().size();
  }

  static std::string at(const std::string& url, const std::string& hash) {
    return url + "/targets/dir/" + hash + ".name";
  }
  std::string at(const std::string& url) const {
    return at(url, crypto::sha256(as_bytes(content_)).hex());
  }

  Status fetch() {
    return client_.download(target, kFile, [&](std::uint64_t done) {
      EXPECT_LE(done, target.length) << "more than announced was kept";
      return true;
    });
  }

  /// From which offset each download request asked.
  std::vector<std::uint64_t> offsets() const {
    std::vector<std::uint64_t> all;
    for (std::size_t i = metadata_requests_; i < transport.requests().size(); ++i) {
      all.push_back(transport.requests()[i].offset);
    }
    return all;
  }

  void expect_complete() {
    EXPECT_EQ(to_text(*disk.read(kFile, 1'000'000)), content_);
    EXPECT_FALSE(sys::exists(disk, kPartial));
  }

  void fault(Fault::Kind kind, std::uint64_t after_bytes = 0, unsigned times = ~0U) {
    transport.fail(kUrl + "/targets", {.kind = kind, .after_bytes = after_bytes, .times = times});
  }

  const std::string kOther = "http://other";
  std::string content_;
  TestPublisher publisher;
  sys::sim::FileSystem disk;
  sys::sim::Transport transport;
  sys::sim::Clock clock{kNow};
  Target target;

 private:
  Client client_{disk, transport, clock, kDirectory, mirrors_at({kUrl, kOther})};
  std::size_t metadata_requests_ = 0;
};

TEST_F(Download, WritesTheExactBytesAndReportsProgress) {
  Client client(disk, transport, clock, kDirectory, mirrors_at({kUrl}));
  ASSERT_TRUE(client.refresh());
  std::uint64_t last = 0;
  ASSERT_TRUE(client.download(target, kFile, [&](std::uint64_t done) {
    EXPECT_GT(done, last);
    last = done;
    return true;
  }));
  EXPECT_EQ(last, content_.size());
  expect_complete();
}

TEST_F(Download, AsksNothingWhereTheFileIsThere) {
  ASSERT_TRUE(disk.write(kFile, as_bytes(content_), 0644));
  ASSERT_TRUE(fetch());
  EXPECT_TRUE(offsets().empty());
}

TEST_F(Download, ReplacesAFileThatIsAnotherOne) {
  ASSERT_TRUE(disk.write(kFile, to_bytes(std::string(content_.size(), '?')), 0644));
  ASSERT_TRUE(fetch());
  expect_complete();
}

TEST_F(Download, GoesOnWhereTheConnectionEndedAtTheNextMirror) {
  fault(Fault::Kind::Truncate, 30'000);
  ASSERT_TRUE(fetch());
  expect_complete();
  EXPECT_THAT(offsets(), ElementsAre(0, 30'000));
}

TEST_F(Download, GoesOnInALaterProcess) {
  transport.fail("/targets", {.kind = Fault::Kind::Truncate, .after_bytes = 40'000, .times = 2});
  EXPECT_EQ(fetch().error().kind(), ErrorKind::Unavailable);
  disk.restart(sys::sim::Survivors::Everything);
  ASSERT_TRUE(fetch());
  expect_complete();
  EXPECT_THAT(offsets(), ElementsAre(0, 40'000, 80'000));
}

TEST_F(Download, TakesTheWholeBodyWhereRangesAreIgnored) {
  ASSERT_TRUE(disk.write(kPartial, as_bytes(content_.substr(0, 50'000)), 0644));
  fault(Fault::Kind::IgnoreRange);
  ASSERT_TRUE(fetch());
  expect_complete();
  EXPECT_THAT(offsets(), ElementsAre(50'000));
}

TEST_F(Download, BeginsAnewWhereThePartialFileWasWrong) {
  ASSERT_TRUE(disk.write(kPartial, to_bytes(std::string(50'000, '?')), 0644));
  ASSERT_TRUE(fetch());
  expect_complete();
  EXPECT_THAT(offsets(), ElementsAre(50'000, 0));
  EXPECT_THAT(transport.requests().back().url, HasSubstr(kUrl)) << "the mirror was not to blame";
}

TEST_F(Download, UsesACompletePartialFileWithoutARequest) {
  ASSERT_TRUE(disk.write(kPartial, as_bytes(content_), 0644));
  ASSERT_TRUE(fetch());
  expect_complete();
  EXPECT_TRUE(offsets().empty());
}

TEST_F(Download, ThrowsAwayAPartialFileThatIsTooLong) {
  ASSERT_TRUE(disk.write(kPartial, to_bytes(content_ + "more"), 0644));
  ASSERT_TRUE(fetch());
  expect_complete();
}

TEST_F(Download, LeavesAMirrorWithOtherBytesForTheNext) {
  fault(Fault::Kind::Garbage);
  ASSERT_TRUE(fetch());
  expect_complete();
  EXPECT_THAT(offsets(), ElementsAre(0, 0));
}

TEST_F(Download, RefusesOtherBytesOfTheSameLength) {
  transport.fail("/targets", {.kind = Fault::Kind::Garbage});
  const Status fetched = fetch();
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(fetched.error().message(), HasSubstr("dir/name: its sha256 is"));
  EXPECT_FALSE(sys::exists(disk, kFile));
}

TEST_F(Download, RefusesMoreBytesThanAnnounced) {
  transport.fail("/targets", {.kind = Fault::Kind::Endless});
  const Status fetched = fetch();
  EXPECT_EQ(fetched.error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(fetched.error().message(), HasSubstr("longer than the 100000 bytes"));
  EXPECT_LT(transport.received_bytes(), 3 * content_.size() + 10'000);
  EXPECT_FALSE(sys::exists(disk, kFile));
}

TEST_F(Download, RefusesMoreThanTheRestThatWasAskedFor) {
  transport.fail("/targets", {.kind = Fault::Kind::Endless});
  ASSERT_TRUE(disk.write(kPartial, as_bytes(content_.substr(0, 50'000)), 0644));
  EXPECT_EQ(fetch().error().kind(), ErrorKind::Corrupt);
  EXPECT_LE(disk.info(kPartial)->size, content_.size());
}

TEST_F(Download, LastsOnceItSaysSo) {
  ASSERT_TRUE(fetch());
  disk.restart(sys::sim::Survivors::OnlySynced);
  expect_complete();
}

TEST_F(Download, RefusesFewerBytesThanAnnounced) {
  for (const std::string& url : {kUrl, kOther}) transport.put(at(url), to_bytes("short"));
  EXPECT_EQ(fetch().error().kind(), ErrorKind::Unavailable);
  EXPECT_FALSE(sys::exists(disk, kFile));
}

TEST_F(Download, StopsWhenAskedAndKeepsWhatCame) {
  Client client(disk, transport, clock, kDirectory, mirrors_at({kUrl}));
  ASSERT_TRUE(client.refresh());
  const Status fetched = client.download(target, kFile, [](std::uint64_t) { return false; });
  EXPECT_EQ(fetched.error().kind(), ErrorKind::Cancelled);
  EXPECT_GT(disk.info(kPartial)->size, 0U);
  ASSERT_TRUE(fetch());
  expect_complete();
}

TEST_F(Download, ReportsAFullDiskAndAsksNoOtherMirror) {
  disk.set_capacity(50'000);
  EXPECT_EQ(fetch().error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(offsets().size(), 1U);
}

TEST_F(Download, ChecksEveryKnownHashAndNeedsOne) {
  target.hashes["sha512"] = to_hex(crypto::sha512(as_bytes(content_)));
  ASSERT_TRUE(fetch());
  target.hashes["sha512"] = std::string(128, '0');
  EXPECT_EQ(fetch().error().kind(), ErrorKind::Corrupt);
  target.hashes = {{"md5", "00"}};
  transport.put(at(kUrl, "00"), to_bytes(content_));
  EXPECT_THAT(fetch().error().message(), HasSubstr("no hash of a known algorithm"));
}

TEST_F(Download, AsksForWhicheverHashIsListed) {
  const std::string digest = to_hex(crypto::sha512(as_bytes(content_)));
  target.hashes = {{"sha512", digest}};
  transport.put(at(kUrl, digest), to_bytes(content_));
  ASSERT_TRUE(fetch());
  expect_complete();
}

TEST_F(Download, FetchesAnEmptyFile) {
  target = {"dir/name", 0, {{"sha256", crypto::sha256({}).hex()}}, json::Value()};
  transport.put(at(kUrl, crypto::sha256({}).hex()), {});
  ASSERT_TRUE(fetch());
  EXPECT_EQ(disk.info(kFile)->size, 0U);
}

TEST_F(Download, RefusesPathsThatLeaveTheRepository) {
  target.path = "../../keys/root.pem";
  EXPECT_EQ(fetch().error().kind(), ErrorKind::Invalid);
  EXPECT_TRUE(offsets().empty());
}

TEST_F(Download, PowerCutAtAnyOperationLeavesNothingOrTheWholeFile) {
  const sys::sim::FileSystem before = disk;
  for (const auto survivors : {sys::sim::Survivors::OnlySynced, sys::sim::Survivors::Everything,
                               sys::sim::Survivors::Random}) {
    for (std::uint64_t cut = 1;; ++cut) {
      disk = before;
      disk.cut_power_at(cut, sys::sim::AfterCut::Torn);
      const bool finished = fetch().has_value();
      disk.restart(survivors, cut);
      if (sys::exists(disk, kFile)) expect_complete();
      ASSERT_TRUE(fetch()) << "cut at " << cut;
      expect_complete();
      if (finished) break;
    }
  }
}

}  // namespace
}  // namespace interlude::tuf
