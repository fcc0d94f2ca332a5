#include "sys/posix/surroundings.hpp"

#include <gtest/gtest.h>

#include <map>

#include "support/temporary_directory.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::sys::posix {
namespace {

/// A folder as /sys/class/power_supply is one.
class Battery : public testing::Test {
 protected:
  void supply(const std::string& name, const std::map<std::string, std::string>& attributes) {
    FileSystem disk;
    const Path folder = join(folder_.path(), name);
    ASSERT_TRUE(make_directories(disk, folder, 0755));
    for (const auto& [attribute, value] : attributes) {
      ASSERT_TRUE(disk.write(join(folder, attribute), to_bytes(value + "\n"), 0644));
    }
  }
  std::optional<std::uint32_t> charge() { return battery(folder_.path()); }

  test::TemporaryDirectory folder_;
};

TEST_F(Battery, IsNoneWhereThereIsNone) {
  EXPECT_EQ(charge(), std::nullopt);
  EXPECT_EQ(battery(join(folder_.path(), "missing")), std::nullopt);
}

TEST_F(Battery, IsTheLowestOfThoseThatSupplyTheMachine) {
  supply("AC", {{"type", "Mains"}, {"online", "0"}});
  supply("BAT0", {{"type", "Battery"}, {"capacity", "71"}, {"status", "Discharging"}});
  supply("BAT1", {{"type", "Battery"}, {"capacity", "9"}});
  supply("hid-mouse", {{"type", "Battery"}, {"capacity", "3"}, {"scope", "Device"}});
  EXPECT_EQ(charge(), 9);
}

TEST_F(Battery, DoesNotCountWithMainsPowerOrWhileItIsCharged) {
  supply("BAT0", {{"type", "Battery"}, {"capacity", "5"}, {"status", "Charging"}});
  EXPECT_EQ(charge(), std::nullopt);
  supply("BAT0", {{"type", "Battery"}, {"capacity", "5"}, {"status", "Discharging"}});
  EXPECT_EQ(charge(), 5);
  supply("usb", {{"type", "USB"}, {"online", "1"}});
  EXPECT_EQ(charge(), std::nullopt);
}

TEST_F(Battery, IsNoneWhereWhatItSaysIsNoNumber) {
  supply("BAT0", {{"type", "Battery"}, {"capacity", "much"}});
  supply("BAT1", {{"type", "Battery"}});
  EXPECT_EQ(charge(), std::nullopt);
}

}  // namespace
}  // namespace interlude::sys::posix
