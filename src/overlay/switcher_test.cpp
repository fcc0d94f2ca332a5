// Every switch on a disk that breaks at every operation, with mounts that forget everything when
// the machine starts anew.

#include "overlay/switcher_test.hpp"

namespace interlude::overlay {
namespace {

TEST_F(SwitcherTest, LibrariesComeFirstOnTheWayForwardAndLastOnTheWayBack) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  EXPECT_THAT(mounts_.log, testing::ElementsAre(kLibraries + "=a", kPrograms + "=a"));
  EXPECT_EQ(read_boot_file(disk_, layout_).previous, "baseline");
  EXPECT_FALSE(read_boot_file(disk_, layout_).good) << "no boot came through with it yet";
  EXPECT_EQ(on(), "a");
  mounts_.log.clear();
  ASSERT_TRUE(switcher().switch_to("baseline", Way::Back));
  EXPECT_THAT(mounts_.log, testing::ElementsAre(kPrograms + "=", kLibraries + "="));
  EXPECT_EQ(on(), "baseline");
}

TEST_F(SwitcherTest, WhatFailsHalfWayIsUndone) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  mounts_.fail_at = 2;
  EXPECT_FALSE(switcher().switch_to("b", Way::On));
  EXPECT_EQ(seen(), "a");
  EXPECT_EQ(on(), "a");
}

TEST_F(SwitcherTest, NothingChangesWhereSomethingIsInTheWay) {
  mounts_.masked = true;
  EXPECT_FALSE(switcher().switch_to("a", Way::On));
  mounts_.masked = false;
  mounts_.leased = true;
  EXPECT_EQ(switcher().switch_to("a", Way::On).error().kind(), ErrorKind::Conflict);
  EXPECT_THAT(mounts_.log, testing::IsEmpty());
  EXPECT_EQ(on(), "baseline");
}

TEST_F(SwitcherTest, FailureOfAnyOperationLeavesOldOrNewEverywhere) {
  for (std::uint64_t at = 1;; ++at) {
    SCOPED_TRACE(at);
    const sys::sim::FileSystem kept = disk_;
    ASSERT_TRUE(switcher().switch_to("a", Way::On));
    const std::uint64_t before = disk_.operations();
    disk_.fail_at(at, ErrorKind::NoSpace);
    const bool done = switcher().switch_to("b", Way::On).has_value();
    const bool failed = disk_.operations() - before >= at;
    disk_.fail_at(1ULL << 60U, ErrorKind::NoSpace);
    EXPECT_THAT(seen(), testing::AnyOf("a", "b"));
    if (done) {
      EXPECT_EQ(on(), "b");
    }
    ASSERT_TRUE(switcher().settle());
    EXPECT_EQ(seen(), on());
    disk_ = kept;
    mounts_.restart();
    if (!failed) break;
  }
}

TEST_F(SwitcherTest, PowerCutAtAnyOperationBootsOldOrNew) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(switcher().boot_passed());
  const sys::sim::FileSystem kept = disk_;
  for (std::uint64_t cut = 1;; ++cut) {
    SCOPED_TRACE(cut);
    disk_ = kept;
    disk_.cut_power_at(cut, sys::sim::AfterCut::Done);
    const bool done = switcher().switch_to("b", Way::On).has_value();
    boot();
    EXPECT_THAT(seen(), testing::AnyOf("a", "b"));
    EXPECT_EQ(seen(), on());
    if (done) {
      EXPECT_EQ(on(), "b");
      break;
    }
  }
}

TEST_F(SwitcherTest, SettleFinishesWhatAKillLeft) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(mounts_.show(kLibraries, "b", ""));
  ASSERT_EQ(seen(), "mixed");
  ASSERT_TRUE(switcher().settle());
  EXPECT_EQ(seen(), "a");
}

TEST_F(SwitcherTest, BootArmsAndShowsWhatWasOn) {
  boot();
  EXPECT_THAT(*mounts_.hierarchies(), testing::ElementsAre("usr/bin")) << "armed";
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  boot();
  EXPECT_EQ(seen(), "a");
}

TEST_F(SwitcherTest, TwoBootsThatDoNotComeThroughGoBack) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(switcher().boot_passed());
  ASSERT_TRUE(switcher().switch_to("b", Way::On));
  boot();
  boot();
  EXPECT_EQ(seen(), "b");
  boot();
  EXPECT_EQ(seen(), "a");
  EXPECT_EQ(on(), "a");
  EXPECT_EQ(read_boot_file(disk_, layout_).failed, "b");
  boot();
  boot();
  boot();
  EXPECT_EQ(on(), "a") << "what came through once is not taken back";
}

TEST_F(SwitcherTest, NothingLeadsBackToWhatWasLeft) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(switcher().switch_to("b", Way::On));
  ASSERT_TRUE(switcher().switch_to("a", Way::Back)) << "(b) failed its probation";
  boot();
  boot();
  boot();
  EXPECT_EQ(on(), "baseline") << "(a) does not come through either, and (b) is worse";
}

TEST_F(SwitcherTest, ABootThatCameThroughEndsTheTrying) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  boot();
  ASSERT_TRUE(switcher().boot_passed());
  for (int i = 0; i < 4; ++i) boot();
  EXPECT_EQ(on(), "a");
}

TEST_F(SwitcherTest, WhatCannotBeCountedIsNotShown) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  restart();
  disk_.fail_at(1, ErrorKind::Denied);
  ASSERT_TRUE(switcher().arm());
  EXPECT_EQ(seen(), "") << "the store is read-only, and (a) never came through a boot";
}

TEST_F(SwitcherTest, APendingGenerationComesWithTheBoot) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  let_wait("b");
  boot();
  EXPECT_EQ(on(), "b");
  EXPECT_EQ(seen(), "b");
  EXPECT_EQ(read_boot_file(disk_, layout_).previous, "a");
  boot();
  boot();
  EXPECT_EQ(on(), "a") << "it never came through";
  boot();
  EXPECT_EQ(on(), "a") << "and is not tried again";
}

TEST_F(SwitcherTest, PowerCutAtAnyOperationOfABootLeavesOldOrNew) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(switcher().boot_passed());
  let_wait("b");
  const sys::sim::FileSystem kept = disk_;
  for (std::uint64_t cut = 1;; ++cut) {
    SCOPED_TRACE(cut);
    disk_ = kept;
    mounts_.restart();
    const std::uint64_t before = disk_.operations();
    disk_.cut_power_at(cut, sys::sim::AfterCut::Done);
    (void)switcher().arm();
    const bool was_cut = disk_.operations() - before >= cut;
    boot();
    EXPECT_EQ(seen(), "b");
    EXPECT_EQ(on(), "b");
    if (!was_cut) break;
  }
}

TEST_F(SwitcherTest, TheOffMarkerBootsTheBareBaseline) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(sys::replace_file(disk_, layout_.off(), {}, 0644));
  boot();
  EXPECT_THAT(*mounts_.hierarchies(), testing::IsEmpty());
  EXPECT_EQ(on(), "a") << "it comes back without the marker";
}

TEST_F(SwitcherTest, GoesBackWithoutTheAgent) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(switcher().switch_to("b", Way::On));
  ASSERT_TRUE(switcher().go_back("it hung"));
  EXPECT_EQ(on(), "a");
  EXPECT_EQ(seen(), "a");
  EXPECT_EQ(read_boot_file(disk_, layout_).failed, "b");
  EXPECT_EQ(read_boot_file(disk_, layout_).why, "it hung");
}

TEST_F(SwitcherTest, TellsTheAgentWhatAPersonRemoved) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(switcher().remove());
  EXPECT_EQ(on(), "baseline");
  EXPECT_EQ(seen(), "");
  EXPECT_EQ(read_boot_file(disk_, layout_).removed, "a");
  ASSERT_TRUE(switcher().remove()) << "nothing is on";
  EXPECT_EQ(read_boot_file(disk_, layout_).removed, "a") << "the agent has not heard of it yet";
}

TEST_F(SwitcherTest, StepsAsideAndComesBackOnlyWhenNobodyIsAtWork) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  mounts_.leased = true;
  ASSERT_TRUE(switcher().step_aside());
  ASSERT_TRUE(switcher().settle());
  EXPECT_EQ(seen(), "");
  mounts_.leased = false;
  ASSERT_TRUE(switcher().settle());
  EXPECT_EQ(seen(), "a");
}

TEST_F(SwitcherTest, TheFirstBootOfADeviceIsNoFailure) {
  ASSERT_TRUE(disk_.remove(layout_.active()));
  EXPECT_TRUE(switcher().arm());
}

TEST_F(SwitcherTest, ALostStoreIsAnAlarmAndTheBaseline) {
  ASSERT_TRUE(sys::make_directories(disk_, layout_.configuration(), 0755));
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(sys::remove_tree(disk_, layout_.library()));
  mounts_.restart();
  const auto told = switcher().arm();
  ASSERT_FALSE(told);
  EXPECT_THAT(told.error().message(), testing::HasSubstr("its store is not there"));
  EXPECT_THAT(*mounts_.hierarchies(), testing::ElementsAre(kPrograms)) << "armed all the same";
}

TEST_F(SwitcherTest, RemovalTakesOffWhatCannotBeStored) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  // Writing the boot file's first operation is one, the link's another: each fails by itself.
  for (std::uint64_t at = 1; at < 20; ++at) {
    disk_.fail_at(at, ErrorKind::Denied);
    (void)switcher().switch_to("baseline", Way::Back);
    EXPECT_EQ(seen(), "") << at;
    disk_.fail_at(1ULL << 60U, ErrorKind::Denied);
    ASSERT_TRUE(switcher().switch_to("a", Way::On));
  }
}

TEST_F(SwitcherTest, RemovalWorksOnAFullDisk) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  disk_.set_capacity(0);
  const Status removed = switcher().switch_to("baseline", Way::Back);
  ASSERT_TRUE(removed) << removed.error().message();
  EXPECT_EQ(seen(), "");
  EXPECT_EQ(on(), "baseline");
}

TEST_F(SwitcherTest, OffKeepsEverythingOffAndProvesNothing) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  for (const bool by_file : {false, true}) {
    restart();
    mounts_.off = !by_file;
    if (by_file) {
      ASSERT_TRUE(disk_.write(layout_.off(), {}, 0644));
    }
    EXPECT_TRUE(switcher().arm());
    EXPECT_EQ(seen(), "");
    EXPECT_TRUE(switcher().settle());
    EXPECT_EQ(seen(), "");
    EXPECT_TRUE(switcher().boot_passed());
    EXPECT_FALSE(read_boot_file(disk_, layout_).good);
    EXPECT_EQ(switcher().switch_to("b", Way::On).error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(seen(), "");
    EXPECT_EQ(on(), "a");
  }
  mounts_.off = false;
  ASSERT_TRUE(disk_.remove(layout_.off()));
  boot();
  EXPECT_EQ(seen(), "a");
}

TEST_F(SwitcherTest, ABootWithoutItProvesNothing) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(switcher().step_aside());
  EXPECT_TRUE(switcher().boot_passed());
  EXPECT_FALSE(read_boot_file(disk_, layout_).good);
  mounts_.leased = true;
  EXPECT_TRUE(switcher().boot_passed());
  EXPECT_TRUE(read_boot_file(disk_, layout_).good) << "dpkg took it off after the start";
}

TEST_F(SwitcherTest, CountsABootOnce) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  for (const std::string boot : {"one", "one", "one", "two", "two"}) {
    mounts_.boot = boot;
    ASSERT_TRUE(switcher().arm());
    EXPECT_EQ(on(), "a") << boot;
  }
  mounts_.boot = "three";
  ASSERT_TRUE(switcher().arm());
  EXPECT_EQ(on(), "baseline");
}

TEST_F(SwitcherTest, NothingThatWaitsComesAfterGoingBack) {
  const std::vector<std::function<Status()>> ways = {
      [&] { return switcher().remove(); }, [&] { return switcher().go_back("bad"); },
      [&] { return switcher().switch_to(std::string(kBaseline), Way::Back); }};
  for (const auto& way : ways) {
    ASSERT_TRUE(switcher().switch_to("a", Way::On));
    let_wait("b");
    ASSERT_TRUE(way());
    boot();
    EXPECT_EQ(on(), "baseline");
    EXPECT_EQ(seen(), "");
  }
}

}  // namespace
}  // namespace interlude::overlay
