#include "dpkg/installed.hpp"

#include <gmock/gmock.h>

#include "sys/sim/file_system.hpp"

namespace interlude::dpkg {
namespace {

using testing::HasSubstr;

constexpr const char* kStatusText =
    "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n"
    "Version: 3.0.17-1~deb12u2\nConffiles:\n Package: bait\nDescription: x\n .\n y\n\n"
    "Package: libssl3\nStatus: hold ok installed\nArchitecture: i386\nVersion: 3.0.17-1~deb12u2\n\n"
    "Package: libssl3-dev\nStatus: install ok installed\nArchitecture: amd64\nVersion: 9\n\n"
    "Package: nginx\nStatus: hold ok installed\nArchitecture: all\nVersion: 1:1.22.1-9\n\n"
    "Package: old\nStatus: hold ok config-files\nArchitecture: amd64\nVersion: 1\n\n"
    "Package: broken\nStatus: hold installed\nArchitecture: amd64\nVersion: 1\n\n"
    "Package: last\nStatus: install reinstreq half-installed\nVersion: 2\nArchitecture: amd64";

class Installed : public testing::Test {
 protected:
  void write(const Path& file, std::string_view text) {
    ASSERT_TRUE(sys::make_directories(disk_, parent_of("/r/" + file), 0755));
    ASSERT_TRUE(disk_.write("/r/" + file, as_bytes(text), 0644));
  }
  std::optional<Package> found(std::string_view name) {
    const auto package = installed(disk_, "/r", name);
    EXPECT_TRUE(package) << package.error().message();
    return package ? *package : std::nullopt;
  }

  sys::sim::FileSystem disk_;
};

TEST_F(Installed, ReadsVersionArchitectureAndHold) {
  write("var/lib/dpkg/status", kStatusText);
  EXPECT_EQ(found("nginx"), (Package{"1:1.22.1-9", "all", true, "installed"}));
  EXPECT_EQ(found("libssl3-dev"), (Package{"9", "amd64", false, "installed"}));
  EXPECT_EQ(found("last"), (Package{"2", "amd64", false, "half-installed"}));
  EXPECT_EQ(found("old"), std::nullopt);
  EXPECT_EQ(found("bait"), std::nullopt);
  EXPECT_EQ(found("libssl"), std::nullopt);
  EXPECT_EQ(found(""), std::nullopt);
}

TEST_F(Installed, CountsAsHeldWhereOneOfSeveralArchitecturesIs) {
  write("var/lib/dpkg/status", kStatusText);
  EXPECT_EQ(found("libssl3"), (Package{"3.0.17-1~deb12u2", "amd64", true, "installed"}));
  EXPECT_FALSE(found("libssl3:amd64")->held);
  EXPECT_TRUE(found("libssl3:i386")->held);
  EXPECT_EQ(found("libssl3:arm64"), std::nullopt);
}

TEST_F(Installed, BelievesWhatAKilledDpkgHadNotMerged) {
  write("var/lib/dpkg/status", kStatusText);
  write("var/lib/dpkg/updates/0001",
        "Package: nginx\nStatus: hold ok unpacked\nArchitecture: all\nVersion: 1:1.22.1-10\n\n");
  write("var/lib/dpkg/updates/tmp.i", "Package: nginx\nStatus: half written");
  EXPECT_EQ(found("nginx"), (Package{"1:1.22.1-10", "all", true, "unpacked"}));
  write("var/lib/dpkg/updates/0002",
        "Package: nginx\nStatus: purge ok not-installed\nArchitecture: all\n");
  EXPECT_EQ(found("nginx"), std::nullopt);
}

TEST_F(Installed, FindsNothingWhereThereIsNoDpkg) {
  EXPECT_EQ(found("nginx"), std::nullopt);
}

TEST_F(Installed, RefusesWhatIsNoStatus) {
  write("var/lib/dpkg/status", kStatusText);
  const auto broken = installed(disk_, "/r", "broken");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(broken.error().message(), HasSubstr("broken"));
}

TEST_F(Installed, MeetsEveryTruncationWithoutHarm) {
  const std::string_view whole = kStatusText;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write("var/lib/dpkg/status", whole.substr(0, length));
    for (const char* name : {"libssl3", "nginx", "last"}) (void)installed(disk_, "/r", name);
  }
}

TEST_F(Installed, BoundsWhatItReads) {
  write("var/lib/dpkg/status", kStatusText);
  for (std::size_t i = 0; i <= kMostUpdates; ++i) {
    write("var/lib/dpkg/updates/" + std::to_string(10000 + i), "");
  }
  const auto database = Database::read(disk_, "/r");
  ASSERT_FALSE(database);
  EXPECT_EQ(database.error().kind(), ErrorKind::Corrupt);
}

}  // namespace
}  // namespace interlude::dpkg
