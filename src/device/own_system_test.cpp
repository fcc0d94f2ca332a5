#include "device/own_system.hpp"

#include <gtest/gtest.h>

#include "sys/sim/file_system.hpp"

namespace interlude::device {
namespace {

OwnSystem own_system(std::string_view os_release, std::string_view debian_version) {
  sys::sim::FileSystem disk;
  EXPECT_TRUE(sys::make_directories(disk, "/etc", 0755));
  EXPECT_TRUE(disk.write("/etc/os-release", as_bytes(os_release), 0644));
  EXPECT_TRUE(disk.write("/etc/debian_version", as_bytes(debian_version), 0644));
  return read_own_system(disk, Layout("/"));
}

TEST(OwnSystem, IsNamedAsPublishersNameIt) {
  struct {
    const char* os_release;
    const char* debian_version;
    const char* platform;
    const char* baseline;
  } const cases[] = {
      {"PRETTY_NAME=\"Debian 12\"\nVERSION_ID=\"12\"\nID=debian\n", "12.11\n", "debian-12-",
       "12.11"},
      {"ID=debian\n", "trixie/sid\n", "", ""},
      {"ID='ubuntu'\nID_LIKE=debian\nVERSION_ID=\"24.04\"", "trixie/sid\n", "ubuntu-24.04-",
       "24.04"},
      {"ID=box\nVERSION_ID=2/3\n", "", "", ""},
      {"ID=\"\nVERSION_ID=\"\"\n", "", "", ""},
      {"", "", "", ""},
  };
  for (const auto& each : cases) {
    const OwnSystem own = own_system(each.os_release, each.debian_version);
    const std::string platform = each.platform;
    EXPECT_EQ(own.platform, platform.empty() ? "" : platform + INTERLUDE_PROCESSOR);
    EXPECT_EQ(own.baseline_version, each.baseline) << each.os_release;
  }
}

TEST(OwnSystem, IsReadFromUsrWhereEtcHasNone) {
  sys::sim::FileSystem disk;
  EXPECT_TRUE(sys::make_directories(disk, "/root/usr/lib", 0755));
  EXPECT_TRUE(disk.write("/root/usr/lib/os-release", as_bytes("ID=box\nVERSION_ID=3"), 0644));
  EXPECT_EQ(read_own_system(disk, Layout("/root")).baseline_version, "3");
}

}  // namespace
}  // namespace interlude::device
