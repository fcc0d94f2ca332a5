#include "overlay/boot_file.hpp"

#include <gtest/gtest.h>

#include "sys/sim/file_system.hpp"

namespace interlude::overlay {
namespace {

class BootFileTest : public testing::Test {
 protected:
  BootFileTest() { EXPECT_TRUE(sys::make_directories(disk_, layout_.library(), 0755)); }

  sys::sim::FileSystem disk_;
  Layout layout_{"/"};
};

TEST_F(BootFileTest, IsReadBackAsWritten) {
  const BootFile written{"abc", "baseline", 2, false, "def", "two boots\nfailed", "ghi", "jkl"};
  ASSERT_TRUE(write_boot_file(disk_, layout_, written));
  const BootFile read = read_boot_file(disk_, layout_);
  EXPECT_EQ(read.why, "two boots failed") << "a line is a line";
  EXPECT_EQ(read.generation, "abc");
  EXPECT_EQ(read.previous, "baseline");
  EXPECT_EQ(read.tries, 2U);
  EXPECT_FALSE(read.good);
  EXPECT_EQ(read.failed, "def");
  EXPECT_EQ(read.removed, "ghi");
  EXPECT_EQ(read.counted, "jkl");
}

TEST_F(BootFileTest, IsWrittenOnAFullDiskFromTheReserve) {
  ASSERT_TRUE(disk_.write(layout_.reserve(), Bytes(64U << 10U), 0644));
  disk_.set_capacity(64ULL << 10U);
  ASSERT_TRUE(write_boot_file(disk_, layout_, {"abc", "baseline", 0, true, "", "", "abc"}));
  EXPECT_EQ(read_boot_file(disk_, layout_).removed, "abc");
}

TEST_F(BootFileTest, KnowsNothingWhereThereIsNone) {
  EXPECT_EQ(read_boot_file(disk_, layout_), BootFile{});
  ASSERT_TRUE(disk_.write(layout_.boot(), as_bytes("\0\xff==\n\ntries=x\n"), 0644));
  EXPECT_EQ(read_boot_file(disk_, layout_), BootFile{});
}

}  // namespace
}  // namespace interlude::overlay
