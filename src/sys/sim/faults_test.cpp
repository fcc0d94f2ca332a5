#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/sim/file_system.hpp"
#include "sys/sim/test_text.hpp"
#include "sys/sim/transport.hpp"

namespace interlude::sys::sim {
namespace {

using testing::HasSubstr;

TEST(PowerCut, FailsTheOperationAndEverythingAfterIt) {
  FileSystem disk;
  ASSERT_TRUE(disk.write("/a", as_bytes("x"), 0644));
  disk.cut_power_at(2);
  EXPECT_TRUE(disk.sync("/a"));
  const Status cut = disk.write("/b", as_bytes("x"), 0644);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind(), ErrorKind::Internal);
  EXPECT_THAT(cut.error().message(), HasSubstr("power cut"));
  EXPECT_FALSE(disk.remove("/a"));
  EXPECT_FALSE(disk.read("/a", 10));
  EXPECT_FALSE(disk.info("/a"));
  EXPECT_FALSE(disk.list("/"));
  EXPECT_FALSE(disk.resolve("/a"));
  EXPECT_FALSE(disk.open("/a"));
  disk.restart(Survivors::Everything);
  EXPECT_EQ(text(disk, "/a"), "x");
  EXPECT_EQ(text(disk, "/b"), "not-found");
  EXPECT_TRUE(disk.write("/b", as_bytes("x"), 0644));
}

TEST(PowerCut, DoesTheOperationOrHalfOfIt) {
  FileSystem prepared;
  ASSERT_TRUE(prepared.write("/a", as_bytes("old."), 0644));
  for (const auto& [after, left] :
       {std::pair(AfterCut::NotDone, "old."), std::pair(AfterCut::Done, "new."),
        std::pair(AfterCut::Torn, "ne")}) {
    FileSystem disk = prepared;
    disk.cut_power_at(1, after);
    EXPECT_FALSE(disk.write("/a", as_bytes("new."), 0644));
    disk.restart(Survivors::Everything);
    EXPECT_EQ(text(disk, "/a"), left);
  }
}

TEST(PowerCut, KillsOpenFiles) {
  FileSystem disk;
  const auto file = disk.append("/a", 0644, false);
  ASSERT_TRUE(file);
  disk.restart(Survivors::Everything);
  EXPECT_FALSE((*file)->append(as_bytes("x")));
  EXPECT_FALSE((*file)->sync());
  EXPECT_EQ(text(disk, "/a"), "");
}

TEST(Failure, MeetsOnlyTheOneOperationAndDoesNothing) {
  FileSystem disk;
  disk.fail_at(2, ErrorKind::NoSpace);
  EXPECT_TRUE(disk.write("/a", as_bytes("x"), 0644));
  const Status failed = disk.write("/b", as_bytes("x"), 0644);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(text(disk, "/b"), "not-found");
  EXPECT_TRUE(disk.write("/b", as_bytes("x"), 0644));
  EXPECT_EQ(disk.operations(), 3U);
}

TEST(Capacity, LeavesWhatFittedAndFreesWhatIsRemoved) {
  FileSystem disk;
  disk.set_capacity(10);
  ASSERT_TRUE(disk.write("/a", as_bytes("123456"), 0644));
  EXPECT_EQ(*disk.free_bytes("/"), 4U);
  const Status full = disk.write("/b", as_bytes("123456"), 0644);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(text(disk, "/b"), "1234");
  EXPECT_FALSE(disk.clone("/a", "/c"));
  EXPECT_TRUE(disk.make_hard_link("/a", "/h"));
  EXPECT_FALSE((*disk.append("/b", 0644, false))->append(as_bytes("5")));
  ASSERT_TRUE(disk.remove("/a"));
  EXPECT_EQ(*disk.free_bytes("/"), 0U);
  ASSERT_TRUE(disk.remove("/h"));
  EXPECT_EQ(*disk.free_bytes("/"), 6U);
  EXPECT_TRUE((*disk.append("/b", 0644, false))->append(as_bytes("56")));
}

TEST(Snapshot, IsIndependentOfTheDiskItWasTakenFrom) {
  FileSystem disk;
  ASSERT_TRUE(disk.write("/a", as_bytes("old"), 0644));
  FileSystem snapshot = disk;
  ASSERT_TRUE(disk.write("/a", as_bytes("new"), 0644));
  EXPECT_EQ(text(snapshot, "/a"), "old");
}

TEST(Node, CanBeADeviceThatNobodyReads) {
  FileSystem disk;
  ASSERT_TRUE(disk.make_node("/null", FileType::Device));
  EXPECT_EQ(disk.info("/null")->type, FileType::Device);
  EXPECT_EQ(text(disk, "/null"), "conflict");
}

class ScriptedTransport : public testing::Test {
 protected:
  ScriptedTransport() { network_.put("http://x/a", to_bytes("0123456789")); }

  Result<Bytes> get(std::uint64_t offset = 0, std::uint64_t limit = 100) {
    return get_all(network_, {"http://x/a", limit, offset, ""});
  }
  ErrorKind kind() {
    const Result<Bytes> body = get();
    return body ? ErrorKind::Cancelled : body.error().kind();
  }

  Transport network_;
};

TEST_F(ScriptedTransport, ServesWholeAndRest) {
  EXPECT_EQ(to_text(*get()), "0123456789");
  EXPECT_EQ(to_text(*get(7)), "789");
  EXPECT_EQ(get(0, 9).error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(get_all(network_, {"http://x/b", 100, 0, ""}).error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(network_.requests().size(), 4U);
  EXPECT_EQ(network_.requests()[1].offset, 7U);
}

TEST_F(ScriptedTransport, AnswersNotModifiedToTheEtagItGave) {
  const auto ignore = [](std::uint64_t, ByteView) -> Status { return {}; };
  const std::string etag = network_.get({"http://x/a", 100, 0, ""}, ignore)->etag;
  const std::uint64_t before = network_.received_bytes();
  EXPECT_TRUE(network_.get({"http://x/a", 100, 0, etag}, ignore)->not_modified);
  EXPECT_LT(network_.received_bytes() - before, 200U);
  network_.put("http://x/a", to_bytes("other"));
  EXPECT_FALSE(network_.get({"http://x/a", 100, 0, etag}, ignore)->not_modified);
}

TEST_F(ScriptedTransport, MisbehavesAsToldAndAsOftenAsTold) {
  network_.fail("/a", {Fault::Kind::Refuse, 0, 0, 2});
  EXPECT_EQ(kind(), ErrorKind::Unavailable);
  EXPECT_EQ(kind(), ErrorKind::Unavailable);
  EXPECT_TRUE(get());
  network_.fail("/a", {Fault::Kind::Busy, 0, 90, 1});
  EXPECT_EQ(kind(), ErrorKind::Unavailable);
  EXPECT_EQ(network_.retry_after_seconds(), 90U);
  network_.fail("/a", {Fault::Kind::NotFound, 0, 0, 1});
  EXPECT_EQ(kind(), ErrorKind::NotFound);
  EXPECT_EQ(network_.retry_after_seconds(), std::nullopt);
  network_.fail("/a", {Fault::Kind::ServerError, 0, 0, 1});
  EXPECT_EQ(kind(), ErrorKind::Unavailable);
  network_.fail("/a", {Fault::Kind::Endless, 0, 0, 1});
  EXPECT_EQ(kind(), ErrorKind::NoSpace);
  network_.fail("/a", {Fault::Kind::Garbage, 0, 0, 1});
  EXPECT_NE(to_text(*get()), "0123456789");
  network_.fail("/a", {Fault::Kind::IgnoreRange, 0, 0, 1});
  EXPECT_EQ(to_text(*get(5)), "0123456789");
  network_.fail("/other", {Fault::Kind::Refuse, 0, 0, 1});
  EXPECT_TRUE(get());
}

TEST_F(ScriptedTransport, DeliversTheBeginningBeforeItBreaks) {
  network_.fail("/a", {Fault::Kind::Truncate, 4, 0, 1});
  Bytes got;
  const Result<Response> broken =
      network_.get({"http://x/a", 100, 2, ""}, [&](std::uint64_t offset, ByteView piece) -> Status {
        EXPECT_EQ(offset, 2U);
        append(got, piece);
        return {};
      });
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind(), ErrorKind::Unavailable);
  EXPECT_EQ(to_text(got), "2345");
}

TEST_F(ScriptedTransport, ServesFilesOfAFolder) {
  FileSystem disk;
  ASSERT_TRUE(disk.make_directory("/public", 0755));
  ASSERT_TRUE(disk.write("/public/f", as_bytes("file"), 0644));
  network_.mount("http://files/", disk, "/public");
  EXPECT_EQ(to_text(*get_all(network_, {"http://files/f", 100, 0, ""})), "file");
  EXPECT_EQ(get_all(network_, {"http://files/g", 100, 0, ""}).error().kind(), ErrorKind::NotFound);
}

}  // namespace
}  // namespace interlude::sys::sim
