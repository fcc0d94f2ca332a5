#include "device/recheck.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/sim/file_system.hpp"

namespace interlude::device {
namespace {

using testing::HasSubstr;

/// A device on which openssl and zlib are on, with one file each.
class Reconsider : public testing::Test {
 protected:
  Reconsider() {
    for (const char* folder : {"/pin/usr/lib/x", "/var/lib/dpkg"}) {
      EXPECT_TRUE(sys::make_directories(disk_, folder, 0755));
    }
    for (const char* name : {"openssl", "zlib"}) {
      improvement::Component component;
      component.name = name;
      component.package = name;
      component.version_before = "1.0";
      component.version_after = "1.1";
      component.files.push_back({std::string("usr/lib/x/") + name, entry("old"), entry("fixed")});
      on_.manifest.components.push_back(component);
      on_.generation.components.push_back({name, "1.0", "1.1", Standing::On, ""});
      put(name, "old");
    }
    on_.generation.letter = "a";
  }

  static improvement::Entry entry(const std::string& content) {
    improvement::Entry entry;
    entry.size = content.size();
    entry.digest = crypto::sha256(as_bytes(content));
    return entry;
  }
  void put(const std::string& name, const std::string& content) {
    ASSERT_TRUE(disk_.write("/pin/usr/lib/x/" + name, as_bytes(content), 0644));
  }
  void install(const std::string& package, const std::string& version,
               const std::string& status = "installed") {
    const std::string text = "Package: " + package + "\nStatus: install ok " + status +
                             "\nVersion: " + version + "\nArchitecture: amd64\n\n";
    ASSERT_TRUE(disk_.write("/var/lib/dpkg/status", as_bytes(text), 0644));
  }
  Generation again() {
    const auto generation = reconsider(disk_, "/", "/pin", on_);
    EXPECT_TRUE(generation);
    return generation ? *generation : Generation();
  }

  sys::sim::FileSystem disk_;
  Improved on_{{}, {{"local", "box", "1", *improvement::Letter::parse("a")}, "", {}, {}, {}}};
};

TEST_F(Reconsider, LeavesOnWhatStillFits) {
  EXPECT_EQ(again(), on_.generation);
}

TEST_F(Reconsider, RetiresWhatTheSystemHasFixed) {
  put("openssl", "newer");
  install("openssl", "1.2");
  const Generation after = again();
  EXPECT_EQ(after.components[0].standing, Standing::AlreadyFixed);
  EXPECT_EQ(after.components[1].standing, Standing::On) << "the other one stays";
  EXPECT_THAT(describe_retired(on_.generation, after),
              HasSubstr("openssl: fixed by the system: the system has 1.2"));
}

TEST_F(Reconsider, RetiresWhatHasTheVeryFilesOfTheFix) {
  put("openssl", "fixed");
  EXPECT_EQ(again().components[0].standing, Standing::AlreadyFixed);
}

TEST_F(Reconsider, KnowsWhatIsVulnerableAgain) {
  put("openssl", "rebuilt");
  install("openssl", "1.1~rc1");
  const Generation after = again();
  EXPECT_EQ(after.components[0].standing, Standing::Exposed);
  EXPECT_THAT(after.components[0].note, HasSubstr("1.1~rc1, which is older than the fix in 1.1"));
}

TEST_F(Reconsider, BelievesNoPackageThatIsHalfInstalled) {
  put("openssl", "half");
  install("openssl", "1.2", "half-installed");
  EXPECT_EQ(again().components[0].standing, Standing::Exposed);
}

TEST_F(Reconsider, ForgetsWhatIsGone) {
  ASSERT_TRUE(disk_.remove("/pin/usr/lib/x/zlib"));
  const Generation after = again();
  EXPECT_EQ(after.components[1].standing, Standing::Absent);
  EXPECT_THAT(describe_retired(on_.generation, after), HasSubstr("zlib: not here any more"));
}

}  // namespace
}  // namespace interlude::device
