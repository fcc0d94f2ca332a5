// What is shown where the baseline's files changed, or may have, since somebody looked at them.

#include "overlay/switcher_test.hpp"

namespace interlude::overlay {
namespace {

TEST_F(SwitcherTest, ABaselineThatChangedIsNotCovered) {
  ASSERT_TRUE(disk_.write("/usr/bin/tool", as_bytes("old"), 0755));
  ASSERT_TRUE(keep_facts(disk_, layout_, "a", take_facts(disk_, "/", {"usr/bin/tool"})));
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(sys::make_directories(disk_, layout_.running(), 0755));
  ASSERT_TRUE(disk_.sync_tree("/"));
  boot();
  EXPECT_EQ(seen(), "a");
  ASSERT_TRUE(sys::replace_file(disk_, "/usr/bin/tool", as_bytes("newer than the fix"), 0755));
  for (int boots = 0; boots < 3; ++boots) boot();
  EXPECT_EQ(seen(), "");
  EXPECT_EQ(on(), "a") << "the agent decides: no boot was one with it";
  EXPECT_TRUE(sys::exists(disk_, layout_.recheck()));
}

TEST_F(SwitcherTest, NothingIsLaidOverOtherFilesThanWereLookedAt) {
  ASSERT_TRUE(disk_.write("/usr/bin/tool", as_bytes("old"), 0755));
  ASSERT_TRUE(keep_facts(disk_, layout_, "a", take_facts(disk_, "/", {"usr/bin/tool"})));
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  ASSERT_TRUE(switcher().switch_to("b", Way::On));
  ASSERT_TRUE(sys::replace_file(disk_, "/usr/bin/tool", as_bytes("newer"), 0755));
  for (const Way way : {Way::On, Way::Back}) {
    const Status switched = switcher().switch_to("a", way);
    ASSERT_FALSE(switched);
    EXPECT_EQ(switched.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(seen() + on(), "bb");
  }
  ASSERT_TRUE(keep_facts(disk_, layout_, "b", take_facts(disk_, "/", {"usr/bin/tool"})));
  ASSERT_TRUE(sys::replace_file(disk_, "/usr/bin/tool", as_bytes("newest"), 0755));
  ASSERT_TRUE(switcher().step_aside());
  EXPECT_FALSE(switcher().settle());
  EXPECT_EQ(seen(), "");
}

TEST_F(SwitcherTest, WhatGoesWrongWhileAPackageManagerWorksIsNoGenerationsFault) {
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  mounts_.leased = true;
  EXPECT_FALSE(switcher().go_back("workers died"));
  EXPECT_EQ(on(), "a");
  EXPECT_EQ(read_boot_file(disk_, layout_).failed, "");
}

TEST_F(SwitcherTest, WhatWaitsIsNotShownBeforeSomebodyLooked) {
  let_wait("a");
  ASSERT_TRUE(disk_.remove(layout_.facts("a")));
  ASSERT_TRUE(disk_.sync_tree("/"));
  boot();
  EXPECT_EQ(seen(), "");
  let_wait("a");
  boot();
  EXPECT_EQ(seen(), "a");
}

TEST_F(SwitcherTest, FilesOfAnImageAreLookedAtAfterEachBoot) {
  ASSERT_TRUE(sys::make_directories(disk_, layout_.running(), 0755));
  ASSERT_TRUE(switcher().switch_to("a", Way::On));
  boot();
  ASSERT_TRUE(switcher().boot_passed());
  EXPECT_FALSE(sys::exists(disk_, layout_.recheck()));
  mounts_.whole = {"opt"};
  boot();
  EXPECT_FALSE(sys::exists(disk_, layout_.recheck())) << "nothing of it lies there";
  mounts_.whole = {kPrograms};
  boot();
  const auto why = disk_.read(layout_.recheck(), 100);
  ASSERT_TRUE(why);
  EXPECT_EQ(as_text(*why), kAfterBoot);
}

TEST_F(SwitcherTest, NothingGoesBackToWhatWasLaidOverAnotherBaseline) {
  ASSERT_TRUE(disk_.write("/usr/bin/tool", as_bytes("old"), 0755));
  for (const bool is_changed : {false, true}) {
    for (const bool at_boot : {false, true}) {
      ASSERT_TRUE(keep_facts(disk_, layout_, "a", take_facts(disk_, "/", {"usr/bin/tool"})));
      ASSERT_TRUE(switcher().switch_to("a", Way::On));
      ASSERT_TRUE(switcher().switch_to("b", Way::On));
      if (is_changed) {
        ASSERT_TRUE(sys::replace_file(disk_, "/usr/bin/tool", as_bytes("newer"), 0755));
      }
      ASSERT_TRUE(disk_.sync_tree("/"));
      if (at_boot) {
        for (int boots = 0; boots < 3; ++boots) boot();
      } else {
        ASSERT_TRUE(switcher().go_back("bad"));
      }
      EXPECT_EQ(seen(), is_changed ? "" : "a");
      EXPECT_EQ(on(), is_changed ? "baseline" : "a");
      ASSERT_TRUE(switcher().switch_to(std::string(kBaseline), Way::Back));
    }
  }
}

}  // namespace
}  // namespace interlude::overlay
