#include "overlay/mount_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

namespace interlude::overlay {
namespace {

constexpr std::string_view kTable =
    "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "30 21 0:25 / /run rw,nosuid,nodev shared:2 master:1 - tmpfs tmpfs rw\n"
    "41 21 8:1 /usr/lib/x /usr/lib/x rw,relatime shared:9 - ext4 /dev/sda1 rw\n"
    "42 41 0:40 / /usr/lib/x ro,relatime - overlay interlude:abc ro,lowerdir=/a:/b\n"
    "43 42 0:41 / /usr/lib/x/a\\040b ro - tmpfs with\\011tab rw\n";

TEST(MountTable, ReadsEveryField) {
  const auto table = parse_mount_table(kTable);
  ASSERT_TRUE(table) << table.error().message();
  ASSERT_EQ(table->size(), 5U);
  EXPECT_EQ((*table)[4],
            (Mount{43, 42, "0:41", "/", "/usr/lib/x/a b", "ro", "tmpfs", "with\ttab", false}));
  EXPECT_TRUE((*table)[1].follows);
  EXPECT_EQ((*table)[1].options, "rw,nosuid,nodev");
}

TEST(MountTable, KnowsWhatIsSeenLastAndWhatIsAround) {
  const auto table = *parse_mount_table(kTable);
  const auto stack = stack_at(table, "/usr/lib/x");
  ASSERT_EQ(stack.size(), 2U);
  EXPECT_EQ(stack[0].id, 41U);
  EXPECT_EQ(stack[1].id, 42U);
  EXPECT_EQ(around(table, "/usr/lib/x")->id, 21U);
  EXPECT_EQ(around(table, "/usr/lib/x/a b/c")->id, 43U);
  const auto inside = below(table, "/usr/lib/x");
  ASSERT_EQ(inside.size(), 1U);
  EXPECT_EQ(inside[0].id, 43U);
}

TEST(MountTable, OrdersAStackByItsParentsNotByItsLines) {
  const auto table = *parse_mount_table(
      "12 11 0:3 / /a rw - tmpfs three rw\n"
      "11 10 0:2 / /a rw - tmpfs two rw\n"
      "10 1 0:1 / /a rw - tmpfs one rw\n");
  const auto stack = stack_at(table, "/a");
  ASSERT_EQ(stack.size(), 3U);
  EXPECT_EQ(stack[0].source, "one");
  EXPECT_EQ(stack[2].source, "three");
}

TEST(MountTable, KnowsRestrictions) {
  Mount mount;
  mount.options = "ro,noexec,relatime,nodevices";
  EXPECT_EQ(restrictions_of(mount), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC);
}

TEST(MountTable, RefusesEveryLineThatIsCutShort) {
  const std::string_view line = kTable.substr(0, kTable.find('\n'));
  for (std::size_t length = 1; length < line.find(" ext4"); ++length) {
    EXPECT_FALSE(parse_mount_table(line.substr(0, length))) << line.substr(0, length);
  }
}

TEST(MountTable, ReadsThisProcessesOwn) {
  const auto table = read_mount_table();
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_FALSE(stack_at(*table, "/").empty());
}

}  // namespace
}  // namespace interlude::overlay
