#include "overlay/hierarchy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sys/sim/file_system.hpp"

namespace interlude::overlay {
namespace {

TEST(Hierarchy, IsTheNarrowestThatAPackageOwns) {
  struct Case {
    const char* path;
    const char* hierarchy;  ///< nullptr: none
  };
  constexpr Case kCases[] = {
      {"usr/lib/x86_64-linux-gnu/libssl.so.3", "usr/lib/x86_64-linux-gnu"},
      {"usr/lib/x86_64-linux-gnu/engines-3/afalg.so", "usr/lib/x86_64-linux-gnu"},
      {"usr/lib/openssh/sftp-server", "usr/lib/openssh"},
      {"usr/bin/openssl", "usr/bin"},
      {"usr/sbin/nginx", "usr/sbin"},
      {"usr/share/perl5/CPAN.pm", "usr/share/perl5"},
      {"opt/app/bin/run", "opt/app"},
      {"usr/lib/os-release", nullptr},
      {"usr/local/lib/libx.so", nullptr},
      {"usr/bin", nullptr},
      {"etc/passwd", nullptr},
      {"usr/lib", nullptr},
  };
  for (const Case& each : kCases) {
    const auto found = hierarchy_of(each.path, {});
    EXPECT_EQ(found.value_or("none"), each.hierarchy == nullptr ? "none" : each.hierarchy)
        << each.path;
  }
}

TEST(Hierarchy, IsTheWholeWhereThatIsAFileSystemOfItsOwn) {
  EXPECT_EQ(hierarchy_of("usr/lib/os-release", {"usr"}), "usr");
  EXPECT_EQ(hierarchy_of("opt/app/run", {"usr"}), "opt/app");
  EXPECT_EQ(hierarchy_of("usr/local/bin/x", {"usr"}), std::nullopt);
}

TEST(Hierarchy, LibrariesComeBeforePrograms) {
  std::vector<Path> all{"usr/bin", "usr/lib/x", "usr/sbin", "opt/app"};
  std::ranges::sort(all, comes_before);
  EXPECT_THAT(all, testing::ElementsAre("opt/app", "usr/lib/x", "usr/bin", "usr/sbin"));
}

TEST(Hierarchy, BootArmsWhatTheDeviceHas) {
  sys::sim::FileSystem disk;
  for (const char* folder : {"/usr/lib/x86_64-linux-gnu", "/usr/lib/systemd", "/usr/bin"}) {
    ASSERT_TRUE(sys::make_directories(disk, folder, 0755));
  }
  EXPECT_THAT(armed_at_boot(disk, "/", {}),
              testing::ElementsAre("usr/lib/x86_64-linux-gnu", "usr/bin"));
  EXPECT_THAT(armed_at_boot(disk, "/", {"usr"}), testing::ElementsAre("usr"));
}

}  // namespace
}  // namespace interlude::overlay
