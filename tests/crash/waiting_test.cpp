// Components that wait: for the next start of the machine, or until nobody runs them.

#include "device/why.hpp"
#include "live.hpp"
#include "overlay/boot_file.hpp"

namespace interlude::crash {
namespace {

class Waiting : public Live {
 protected:
  Waiting() {
    publisher_.split_core();
    workload_.start({7, "browser", "session-1.scope", true, {"usr/lib/libx.so.1.0"}});
  }
  void core_applies(Apply apply) {
    publisher_.adjust([apply](improvement::Component& component) {
      if (component.name == "core") component.apply = apply;
    });
  }
  std::string pending() {
    const auto link = disk_.read_link(Layout("/device").pending());
    return link ? file_name_of(*link) : "";
  }
  /// What the guard does when the machine starts.
  void boot() {
    if (!pending().empty()) {
      ASSERT_TRUE(
          sys::replace_symlink(disk_, "generations/" + pending(), Layout("/device").active()));
      ASSERT_TRUE(disk_.remove(Layout("/device").pending()));
    }
    workload_.reboot();
  }
  bool tool_is_new() { return active_tree(disk_)[kTool] != publisher_.tree_with("").at(kTool); }
  bool library_is_new() { return active_tree(disk_).contains("usr/lib/libx.so.1.a"); }
};

TEST_F(Waiting, OneThatAppliesAtBootHoldsNoOtherBack) {
  core_applies(Apply::AtBoot);
  publisher_.publish_through("a");
  expect_done(run(poll));
  EXPECT_TRUE(tool_is_new());
  EXPECT_FALSE(library_is_new());
  EXPECT_EQ(pending(), "") << "not before the rest has proved good";
  expect_done(run(poll, 10min));
  EXPECT_NE(pending(), "");
  expect_done(run(poll, 70min));
  EXPECT_FALSE(library_is_new());
  EXPECT_EQ(status()["components"][1]["state"], "waiting");
  boot();
  expect_done(run(nothing, 80min));
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with("a"));
  EXPECT_EQ(pending(), "");
  EXPECT_EQ(status()["state"], "committed");
  EXPECT_EQ(status()["components"][1]["state"], "on");
  const auto history = device::Memory(disk_, Layout("/device")).history();
  EXPECT_EQ(history->back().detail, "what waited for a boot is on");
}

TEST_F(Waiting, OneThatIsInUseSwitchesOnceItIsNot) {
  core_applies(Apply::WhenNotRunning);
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(poll, 10min));
  expect_done(run(poll, 70min));
  EXPECT_FALSE(library_is_new());
  workload_.end(7);
  expect_done(run(poll, 130min));
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with("a"));
  EXPECT_EQ(pending(), "");
}

TEST_F(Waiting, PolicyEndsTheWaiting) {
  core_applies(Apply::WhenNotRunning);
  circumstances_.in_use_deadline = std::chrono::hours(2);
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(poll, 10min));
  expect_done(run(poll, 129min));
  EXPECT_FALSE(library_is_new());
  expect_done(run(poll, 131min));
  EXPECT_TRUE(library_is_new());
}

TEST_F(Waiting, PolicyMayBeStricterThanTheManifest) {
  circumstances_.apply_at_least = Apply::AtBoot;
  publisher_.publish_through("a");
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(status()["reason_code"], "at-boot");
  boot();
  expect_done(run(nothing, 70min));
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(Waiting, PolicyMayNotBeLaxerThanTheManifest) {
  core_applies(Apply::AtBoot);
  circumstances_.apply_at_least = Apply::WhenNotRunning;
  publisher_.publish_through("a");
  expect_done(run(poll));
  EXPECT_FALSE(library_is_new());
  workload_.end(7);
  expect_done(run(poll, 70min));
  EXPECT_FALSE(library_is_new());
}

TEST_F(Waiting, WhatIsAllOfItWaitsWhole) {
  publisher_.adjust([](improvement::Component& component) { component.apply = Apply::AtBoot; });
  publisher_.publish_through("a");
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_NE(pending(), "");
  EXPECT_EQ(status()["reason_code"], "at-boot");
  expect_done(run(poll, 60min));
  EXPECT_EQ(status()["reason_code"], "at-boot");
  EXPECT_EQ(status()["components"][0]["state"], "waiting");
  EXPECT_EQ(status()["components"][0]["note"], "at-boot");
  EXPECT_EQ(status()["advisories"][0]["state"], "waiting");
  const auto report = device::make_report(disk_, Layout("/device"), start_time());
  const auto answers = device::why(*report, "core");
  ASSERT_TRUE(answers) << answers.error().message();
  EXPECT_THAT(answers->front().sentence, HasSubstr("at the next start of the machine"));
  EXPECT_TRUE(device::why(*report, status()["advisories"][0]["id"].get<std::string>()));
  boot();
  expect_done(run(nothing, 70min));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(status()["advisories"][0]["state"], "on");
}

TEST_F(Waiting, AnOlderFixStaysOnUntilTheNewerOneMaySwitch) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(poll, 10min));
  core_applies(Apply::AtBoot);
  publisher_.publish_through("b");
  expect_done(run(poll, 70min));
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with("a"));
  EXPECT_NE(pending(), "");
  EXPECT_EQ(status()["letter"], "a");
  EXPECT_EQ(status()["advisories"][0]["state"], "on");
  EXPECT_EQ(status()["advisories"][1]["state"], "waiting");
}

TEST_F(Waiting, WhatFailedOnceItSwitchedIsNotMadeAnew) {
  core_applies(Apply::WhenNotRunning);
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(poll, 10min));
  workload_.end(7);
  workload_.new_files_load = false;
  EXPECT_FALSE(run(poll, 70min));
  workload_.new_files_load = true;
  for (const auto later : {140min, 210min}) {
    expect_done(run(poll, later));
    EXPECT_TRUE(tool_is_new());
    EXPECT_FALSE(library_is_new()) << "it was tried again";
    EXPECT_EQ(pending(), "");
  }
}

TEST_F(Waiting, WhatFailedAtABootDoesNotWaitForTheNext) {
  core_applies(Apply::AtBoot);
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(poll, 10min));
  const Layout layout("/device");
  const std::string on = file_name_of(*disk_.read_link(layout.active()));
  const overlay::BootFile boot{on, std::string(kBaseline), 0, true, pending(), "2 boots"};
  ASSERT_TRUE(overlay::write_boot_file(disk_, layout, boot));
  ASSERT_TRUE(disk_.remove(layout.pending()));
  for (const auto later : {20min, 90min, 160min}) {
    expect_done(run(poll, later));
    EXPECT_EQ(pending(), "");
  }
  EXPECT_TRUE(tool_is_new());
}

TEST_F(Waiting, WhatGotLostIsMadeAnewWhereItMayBePutOn) {
  core_applies(Apply::AtBoot);
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(poll, 10min));
  ASSERT_TRUE(disk_.remove(Layout("/device").pending()));
  circumstances_.policy.allow_install = false;
  expect_done(run(poll, 70min));
  EXPECT_EQ(pending(), "");
  circumstances_.policy.allow_install = true;
  circumstances_.is_metered = [] { return true; };
  expect_done(run(poll, 130min));
  EXPECT_EQ(pending(), "");
  circumstances_.is_metered = [] { return false; };
  circumstances_.policy.automatic = rollout::Automatic::AlwaysOff;
  expect_done(run(poll, 190min));
  EXPECT_NE(pending(), "") << "who asked for the letter asked for all of it";
}

TEST_F(Waiting, RemovalForgetsWhatWaits) {
  core_applies(Apply::AtBoot);
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(poll, 10min));
  expect_done(run(remove, 11min));
  EXPECT_EQ(pending(), "");
  boot();
  expect_done(run(poll, 70min));
  EXPECT_EQ(letter_on(disk_), "");
}

/// Everything again, with a kill or a failure at every operation: a third of them each, in turn.
class LiveCrash : public Waiting {
 protected:
  /// Polls, and again after each time, with the power cut or an operation failing in the first run.
  template <class Arm>
  void survive(const std::vector<std::chrono::minutes>& times, const Work& work, Arm&& arm) {
    const sys::sim::FileSystem start = disk_;
    const SimWorkload running = workload_;
    const bool every = std::getenv("INTERLUDE_EVERY_CRASH") != nullptr;
    for (std::uint64_t at = 1;; at += every ? 1 : 3) {
      SCOPED_TRACE(testing::Message() << "operation " << at);
      disk_ = start;
      workload_ = running;
      arm(at);
      (void)run(work, times.front());
      const bool reached = disk_.operations() - start.operations() >= at;
      disk_.fail_at(1ULL << 60U, ErrorKind::Internal);
      disk_.restart(sys::sim::Survivors::OnlySynced, at);
      EXPECT_EQ(snapshot_of(disk_, std::string(kBaselineFolder)), publisher_.tree_with(""));
      for (std::size_t i = 1; i < times.size(); ++i) (void)run(work, times[i]);
      check();
      if (HasFailure() || !reached) return;
    }
  }
  void survive_both(const std::vector<std::chrono::minutes>& times, const Work& work) {
    survive(times, work,
            [&](std::uint64_t at) { disk_.cut_power_at(at, sys::sim::AfterCut::Done); });
    survive(times, work, [&](std::uint64_t at) { disk_.fail_at(at, ErrorKind::NoSpace); });
  }
  std::function<void()> check;
};

TEST_F(LiveCrash, InstallOfWhatWaitsInPart) {
  core_applies(Apply::AtBoot);
  publisher_.publish_through("a");
  check = [&] {
    EXPECT_TRUE(tool_is_new());
    EXPECT_NE(pending(), "");
    EXPECT_EQ(status()["components"][0]["state"], "on");
  };
  survive_both({0min, 61min, 80min, 150min}, poll);
}

TEST_F(LiveCrash, EndOfAProbation) {
  core_applies(Apply::AtBoot);
  publisher_.publish_through("a");
  expect_done(run(poll));
  check = [&] {
    EXPECT_EQ(status()["components"][0]["state"], "on");
    EXPECT_NE(pending(), "");
  };
  survive_both({10min, 22min}, poll);
}

TEST_F(LiveCrash, GoingBackFromAProbation) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  workload_.units["web.service"] = down("core-dump");
  workload_.fail_on_new = {"web.service"};
  check = [&] {
    EXPECT_EQ(letter_on(disk_), "");
    EXPECT_TRUE(workload_.units["web.service"].active);
  };
  survive_both({2min, 12min, 72min}, poll);
}

TEST_F(LiveCrash, ABootThatSwitchedOnWhatWaited) {
  core_applies(Apply::AtBoot);
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(poll, 10min));
  boot();
  ASSERT_TRUE(disk_.sync_tree("/"));
  check = [&] {
    EXPECT_EQ(active_tree(disk_), publisher_.tree_with("a"));
    EXPECT_EQ(pending(), "");
    EXPECT_EQ(status()["components"][1]["state"], "on");
  };
  survive_both({20min, 22min}, poll);
}

}  // namespace
}  // namespace interlude::crash
