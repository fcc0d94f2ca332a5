// The baseline changes where nothing of ours is laid over it yet: a package manager was there while
// a fix was fetched, or while it waited. An older file must never come to lie over a newer one.

#include "system_files.hpp"

namespace interlude::crash {
namespace {

class MovingBaseline : public SystemFiles {
 protected:
  MovingBaseline() {
    is_live_ = true;
    workload_.start({2, "other", "other.service", false, {"usr/bin/tool"}});
    workload_.start({7, "browser", "session-1.scope", true, {"usr/lib/libx.so.1.0"}});
  }
  void core_applies(Apply apply) {
    publisher_.adjust([apply](improvement::Component& component) { component.apply = apply; });
  }
  /// A fix that waits as a whole; what is seen is the baseline.
  void let_wait(Apply apply) {
    core_applies(apply);
    publisher_.publish_through("a");
    ASSERT_TRUE(run(poll));
    ASSERT_NE(pending(), "");
    ASSERT_EQ(seen(), "libx.so.1.0");
  }
  std::string pending() {
    const auto link = disk_.read_link(Layout("/device").pending());
    return link ? file_name_of(*link) : "";
  }
  /// The machine starts anew, and the guard decides what is seen.
  void boot() {
    ASSERT_TRUE(mounts_.step_aside("usr"));
    overlay::Switcher guard(disk_, mounts_, Layout("/device"));
    ASSERT_TRUE(guard.arm());
    workload_.reboot();
  }
  /// Of letter a the box is on, and watched; the core waits for a boot after that.
  void install_all_but_the_core() {
    publisher_.adjust([](improvement::Component& component) {
      std::erase_if(component.files,
                    [](const improvement::FileChange& each) { return each.path == "etc/config"; });
      if (component.name == "core") component.apply = Apply::AtBoot;
    });
    publisher_.publish_through("a");
    ASSERT_TRUE(run(poll));
    ASSERT_EQ(state_of("box"), "on");
    ASSERT_EQ(status()["state"], "probation");
  }
  /// Letter b leaves alone the link that letter a changes, and is being watched.
  void install_b_without_the_link() {
    install();
    ASSERT_TRUE(run(nothing, 15min));
    ASSERT_EQ(status()["state"], "committed");
    publisher_.adjust([](improvement::Component& component) {
      std::erase_if(component.files,
                    [](const improvement::FileChange& each) { return each.path == kLink + 1; });
    });
    publisher_.publish_through("b");
    ASSERT_TRUE(run(poll, 20min));
    ASSERT_EQ(letter_on(disk_), "b");
    ASSERT_EQ(seen(), "libx.so.1.0");
  }
};

TEST_F(MovingBaseline, WhatWaitsForABootIsNotShownOverAnUpgrade) {
  let_wait(Apply::AtBoot);
  upgrade("1.0-a");
  boot();
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_TRUE(sys::exists(disk_, Layout("/device").recheck()));
  ASSERT_TRUE(run(nothing, 5min));
  EXPECT_EQ(pending(), "");
  EXPECT_FALSE(sys::exists(disk_, Layout("/device").recheck()));
  ASSERT_TRUE(run(poll, 6min));
  EXPECT_EQ(status()["reason_code"], "nothing-applies");
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
}

TEST_F(MovingBaseline, WhatWaitsForABootComesWhereTheSameBytesWereInstalledAgain) {
  let_wait(Apply::AtBoot);
  upgrade("1.0", "libx.so.1.0");
  ASSERT_TRUE(run(nothing, 5min));
  EXPECT_NE(pending(), "");
  boot();
  EXPECT_EQ(seen(), "libx.so.1.a");
  ASSERT_TRUE(run(nothing, 10min));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(last_event(), "installed");
}

TEST_F(MovingBaseline, WhatWaitsForABootIsLookedAtBeforeItStartsAgain) {
  let_wait(Apply::AtBoot);
  upgrade("1.0", "libx.so.1.0");
  boot();
  EXPECT_EQ(seen(), "libx.so.1.0") << "nobody has looked yet";
  ASSERT_TRUE(run(nothing, 5min));
  boot();
  EXPECT_EQ(seen(), "libx.so.1.a");
}

TEST_F(MovingBaseline, WhatWaitsForItsUsersIsGivenUpWhereTheSystemWasQuicker) {
  let_wait(Apply::WhenNotRunning);
  upgrade("1.0-a");
  workload_.end(7);
  ASSERT_TRUE(run(poll, 60min));
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
  EXPECT_EQ(pending(), "");
  EXPECT_EQ(status()["reason_code"], "nothing-applies");
}

TEST_F(MovingBaseline, WhatWaitsIsLookedAtAlsoWhereNobodySaidThatFilesChanged) {
  let_wait(Apply::WhenNotRunning);
  upgrade("1.0-a");
  ASSERT_TRUE(disk_.remove(Layout("/device").recheck()));
  workload_.end(7);
  ASSERT_TRUE(run(poll, 60min));
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
  EXPECT_EQ(pending(), "");
}

TEST_F(MovingBaseline, WhatWaitedIsPutOnOnceTheSystemFits) {
  let_wait(Apply::WhenNotRunning);
  upgrade("1.0", "libx.so.1.0");
  workload_.end(7);
  ASSERT_TRUE(run(poll, 60min));
  EXPECT_EQ(seen(), "libx.so.1.a");
}

// dpkg ran to its end while the fix was being fetched.
TEST_F(MovingBaseline, AnUpgradeDuringTheFetchIsNotCovered) {
  publisher_.publish_through("a");
  const Status polled = run(poll, 0min, [&](sys::FileSystem&, std::string_view step) {
    if (step == "staged") upgrade("1.0-a");
  });
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().kind(), ErrorKind::Conflict);
  EXPECT_THAT(polled.error().message(), HasSubstr("fixed by the system"));
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
  ASSERT_TRUE(run(poll, 60min));
  EXPECT_EQ(status()["reason_code"], "nothing-applies");
}

TEST_F(MovingBaseline, AnUpgradeInTheMomentOfTheSwitchIsNotCovered) {
  publisher_.publish_through("a");
  const Status polled = run(poll, 0min, [&](sys::FileSystem&, std::string_view step) {
    if (step == "activating") upgrade("1.0-a");
  });
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().kind(), ErrorKind::Conflict);
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
  ASSERT_TRUE(run(poll, 60min));
  EXPECT_EQ(status()["reason_code"], "nothing-applies");
}

TEST_F(MovingBaseline, WhatIsOnProvesGoodAlsoWhereWhatWaitsDoesNotFit) {
  install_all_but_the_core();
  upgrade("1.0-a");
  ASSERT_TRUE(run(nothing, 5min));
  ASSERT_TRUE(run(nothing, 15min));
  EXPECT_EQ(status()["state"], "committed");
  EXPECT_EQ(pending(), "");
  ASSERT_TRUE(run(poll, 16min));
  EXPECT_EQ(state_of("box"), "on");
  EXPECT_NE(state_of("core"), "waiting");
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
}

TEST_F(MovingBaseline, WhatIsOnProvesGoodAlsoWhereWhatWaitsIsDamaged) {
  install_all_but_the_core();
  const Layout layout("/device");
  const std::string on = file_name_of(*disk_.read_link(layout.active()));
  const auto ids = device::Store(disk_, layout).generations();
  for (const std::string& id : *ids) {
    if (id == on || id == kBaseline) continue;
    ASSERT_TRUE(sys::remove_tree(disk_, layout.generation(id)));
  }
  ASSERT_TRUE(run(nothing, 15min));
  EXPECT_EQ(status()["state"], "committed");
  ASSERT_TRUE(run(poll, 16min));
  EXPECT_NE(pending(), "") << "made anew";
  boot();
  EXPECT_EQ(seen(), "libx.so.1.a");
}

TEST_F(MovingBaseline, RepairDoesNotGoBackOverAnUpgrade) {
  install_b_without_the_link();
  ASSERT_TRUE(run(nothing, 35min));
  upgrade("1.0-a");
  ASSERT_TRUE(run(nothing, 40min));
  ASSERT_EQ(letter_on(disk_), "b");
  const Layout layout("/device");
  const Path generation = layout.generation(file_name_of(*disk_.read_link(layout.active())));
  ASSERT_TRUE(sys::remove_tree(disk_, overlay::layer_in(generation, "usr")));
  ASSERT_TRUE(
      run([](device::Agent& agent) { return agent.repair() ? Status() : Status(); }, 41min));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
}

TEST_F(MovingBaseline, NothingGoesBackOverAnUpgrade) {
  install_b_without_the_link();
  upgrade("1.0-a");
  workload_.units["other.service"] = down("core-dump");
  workload_.fail_on_new = {"other.service"};
  ASSERT_TRUE(run(nothing, 21min));
  ASSERT_EQ(letter_on(disk_), "b") << "nothing is judged before the files were looked at";
  ASSERT_TRUE(run(nothing, 23min));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
}

TEST_F(MovingBaseline, GoesBackWhereTheSameBytesWereInstalledAgain) {
  install_b_without_the_link();
  upgrade("1.0", "libx.so.1.0");
  workload_.units["other.service"] = down("core-dump");
  workload_.fail_once = {"other.service"};
  ASSERT_TRUE(run(nothing, 21min));
  (void)run(nothing, 23min);
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(seen(), "libx.so.1.a");
}

// A package manager comes in the moment of going back: that is tried again, and not given up.
TEST_F(MovingBaseline, GoesBackOnceThePackageManagerIsDone) {
  install_b_without_the_link();
  workload_.units["other.service"] = down("core-dump");
  workload_.fail_once = {"other.service"};
  (void)run(nothing, 21min, [&](sys::FileSystem&, std::string_view step) {
    if (step == "rolling-back") mounts_.leased = true;
  });
  EXPECT_EQ(letter_on(disk_), "b");
  mounts_.leased = false;
  ASSERT_TRUE(run(nothing, 22min));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(seen(), "libx.so.1.a");
}

TEST_F(MovingBaseline, NoWithdrawalLeadsBackOverAnUpgrade) {
  install_b_without_the_link();
  ASSERT_TRUE(run(nothing, 35min));
  upgrade("1.0-a");
  publisher_.recall("b", {start_time() + 36min, rollout::After::Revert, "it crashes"});
  ASSERT_TRUE(run(poll, 40min));
  ASSERT_TRUE(run(poll, 120min));
  EXPECT_EQ(seen(), "libx.so.1.dpkg");
  EXPECT_NE(letter_on(disk_), "b");
}

}  // namespace
}  // namespace interlude::crash
