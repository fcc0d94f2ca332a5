#include "publish/output.hpp"

#include <gmock/gmock.h>

#include "sys/sim/file_system.hpp"

namespace interlude::publish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Status write_two(sys::FileSystem& disk, const Path& partial) {
  const Status first = disk.write(partial + "/a", as_bytes("a"), 0644);
  return first ? disk.write(partial + "/b", as_bytes("b"), 0644) : first;
}

TEST(WriteDirectory, WritesAllOfItAndLeavesNoPartial) {
  sys::sim::FileSystem disk;
  ASSERT_TRUE(disk.make_directory("/empty", 0755));
  for (const char* place : {"/deep/out", "/empty", "/slash/"}) {
    const Status done =
        write_directory(disk, place, [&](const Path& partial) { return write_two(disk, partial); });
    ASSERT_TRUE(done) << place << done.error().message();
    EXPECT_THAT(*disk.list(place), ElementsAre("a", "b"));
  }
  EXPECT_THAT(*disk.list("/"), ElementsAre("deep", "empty", "slash"));
}

TEST(WriteDirectory, LeavesNothingWhereFillingFails) {
  sys::sim::FileSystem disk;
  const Status done = write_directory(disk, "/out", [&](const Path& partial) -> Status {
    (void)write_two(disk, partial);
    return fail(ErrorKind::Cancelled, "interrupted");
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::Cancelled);
  EXPECT_THAT(*disk.list("/"), IsEmpty());
}

TEST(WriteDirectory, RefusesAPlaceThatHoldsSomething) {
  sys::sim::FileSystem disk;
  ASSERT_TRUE(disk.write("/file", as_bytes("x"), 0644));
  ASSERT_TRUE(disk.make_directory("/full", 0755));
  ASSERT_TRUE(disk.write("/full/x", as_bytes("x"), 0644));
  for (const char* place : {"/file", "/full"}) {
    const Status done = write_directory(disk, place, [](const Path&) { return Status{}; });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), ErrorKind::Conflict);
    EXPECT_THAT(done.error().message(), HasSubstr("not an empty folder"));
  }
}

TEST(WriteDirectory, PowerCutAtAnyOperationLeavesAllOrNothing) {
  for (std::uint64_t cut = 1;; ++cut) {
    sys::sim::FileSystem disk;
    disk.cut_power_at(cut);
    const auto write = [&] {
      return write_directory(disk, "/out",
                             [&](const Path& partial) { return write_two(disk, partial); });
    };
    const bool finished = write().has_value();
    disk.restart();
    if (sys::exists(disk, "/out")) {
      EXPECT_EQ(to_text(*disk.read("/out/b", 10)), "b") << "cut at operation " << cut;
    } else {
      EXPECT_FALSE(finished) << "cut at operation " << cut;
      EXPECT_TRUE(write()) << "cut at operation " << cut;
    }
    if (finished) break;
  }
}

}  // namespace
}  // namespace interlude::publish
