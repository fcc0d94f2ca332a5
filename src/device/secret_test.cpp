#include "device/secret.hpp"

#include <gtest/gtest.h>

#include "sys/sim/file_system.hpp"
#include "sys/sim/random.hpp"

namespace interlude::device {
namespace {

class Secrets : public testing::Test {
 protected:
  Secrets() {
    EXPECT_TRUE(sys::make_directories(disk, "/device/var/lib/interlude", 0755));
    EXPECT_TRUE(sys::make_directories(disk, "/device/etc", 0755));
    EXPECT_TRUE(disk.write("/device/etc/machine-id", as_bytes("one\n"), 0644));
  }
  std::optional<rollout::Secret> secret() { return rollout_secret(disk, random, layout); }

  sys::sim::FileSystem disk;
  sys::sim::Random random{1};
  Layout layout{"/device"};
};

TEST_F(Secrets, StayTheSameAndPrivate) {
  const auto first = secret();
  ASSERT_TRUE(first);
  EXPECT_EQ(secret(), first);
  EXPECT_EQ(disk.info(layout.secret())->mode & 0777U, 0600U);
}

TEST_F(Secrets, AreMadeAnewOnACopyOfTheMachine) {
  const auto first = secret();
  ASSERT_TRUE(disk.write("/device/etc/machine-id", as_bytes("two\n"), 0644));
  EXPECT_NE(secret(), first);
}

TEST_F(Secrets, AreMadeAnewWhereTheFileIsDamaged) {
  const auto first = secret();
  ASSERT_TRUE(disk.write(layout.secret(), as_bytes("{}"), 0600));
  EXPECT_NE(secret(), first);
}

TEST_F(Secrets, AreDerivedWhereNothingCanBeWritten) {
  disk.set_capacity(0);
  const auto first = secret();
  ASSERT_TRUE(first);
  EXPECT_EQ(secret(), first);
  ASSERT_TRUE(disk.remove("/device/etc/machine-id"));
  EXPECT_FALSE(secret());  // the last bucket
}

}  // namespace
}  // namespace interlude::device
