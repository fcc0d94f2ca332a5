// A device whose own system files are patched, and a package manager that changes them, too.

#include "system_files.hpp"

namespace interlude::crash {
namespace {

TEST_F(SystemFiles, SwitchWhatCanBeShownAndComeBack) {
  install();
  EXPECT_EQ(state_of("core"), "on");
  EXPECT_EQ(state_of("box"), "foreign") << "it changes a file in etc, which nothing shows";
  EXPECT_EQ(snapshot_of(disk_, std::string(kBaselineFolder)), publisher_.tree_with(""));
  ASSERT_TRUE(run(remove));
  EXPECT_EQ(seen(), "libx.so.1.0");
}

// A boot with interlude.off: nothing is judged by what is seen then, and nothing new is put on.
TEST_F(SystemFiles, StayAsTheyAreWhileSomebodyWantsTheBaseline) {
  install();
  publisher_.publish_through("b");
  mounts_.off = true;
  ASSERT_TRUE(mounts_.step_aside("usr"));
  for (const auto later : {1min, 70min, 140min}) {
    EXPECT_TRUE(run(nothing, later));
    const Status polled = run(poll, later);
    ASSERT_FALSE(polled);
    EXPECT_EQ(polled.error().kind(), ErrorKind::Unavailable);
    EXPECT_THAT(polled.error().message(), HasSubstr("interlude.off"));
    EXPECT_EQ(seen(), "libx.so.1.0");
    EXPECT_EQ(state_of("core"), "on");
  }
  const auto record = device::Memory(disk_, Layout("/device")).record();
  EXPECT_TRUE(record->quarantine.empty());
  mounts_.off = false;
  ASSERT_TRUE(run(nothing, 150min));
  EXPECT_EQ(seen(), "libx.so.1.a");
  mounts_.off = true;
  ASSERT_TRUE(run(remove, 160min)) << "taking off needs nothing";
  mounts_.off = false;
  ASSERT_TRUE(run(nothing, 170min));
  EXPECT_EQ(seen(), "libx.so.1.0");
}

TEST_F(SystemFiles, AreNotJudgedWhileSomebodyWantsTheBaseline) {
  ASSERT_TRUE(sys::make_directories(disk_, Layout("/device").drop_ins(), 0755));
  ASSERT_TRUE(disk_.write(Layout("/device").drop_ins() + "/probation.toml",
                          as_bytes("probation_minutes = 10\n"), 0644));
  install();
  EXPECT_EQ(status()["state"], "probation");
  mounts_.off = true;
  ASSERT_TRUE(mounts_.step_aside("usr"));
  for (const auto later : {5min, 20min, 90min}) (void)run(poll, later);
  EXPECT_EQ(status()["state"], "probation");
  mounts_.off = false;
  ASSERT_TRUE(run(nothing, 100min));
  ASSERT_TRUE(run(nothing, 101min));
  EXPECT_EQ(seen(), "libx.so.1.a");
  EXPECT_EQ(status()["state"], "committed");
}

TEST_F(SystemFiles, ComeBackAfterAPackageManagerThatChangedOthers) {
  install();
  ASSERT_TRUE(mounts_.step_aside("usr"));
  ASSERT_TRUE(disk_.write(Layout("/device").recheck(), {}, 0644));
  ASSERT_TRUE(run(nothing));
  EXPECT_EQ(seen(), "libx.so.1.a");
  EXPECT_FALSE(sys::exists(disk_, Layout("/device").recheck()));
}

TEST_F(SystemFiles, RetireWhatTheSystemFixed) {
  install();
  upgrade("1.0-a+deb12u1");
  ASSERT_TRUE(run(nothing));
  EXPECT_EQ(seen(), "libx.so.1.dpkg") << "the system's own newer file was covered";
  EXPECT_EQ(last_event(), "retired");
  EXPECT_EQ(state_of("core"), "already-fixed");
  ASSERT_TRUE(run(poll, 60min));
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
}

TEST_F(SystemFiles, AreVulnerableAgainWhereTheSystemWentBack) {
  install();
  upgrade("0.9");
  ASSERT_TRUE(run(nothing));
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
  EXPECT_EQ(state_of("core"), "vulnerable-again");
}

TEST_F(SystemFiles, AreLeftAloneWhileAPackageManagerWorks) {
  publisher_.publish_through("a");
  mounts_.leased = true;
  const Status polled = run(poll);
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(polled.error().message(), HasSubstr("package manager"));
  EXPECT_EQ(seen(), "libx.so.1.0");
}

}  // namespace
}  // namespace interlude::crash
