// What a switch does to what runs: restarts, probes, probation, components that wait. The system is
// simulated; tests/system has the real one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/report.hpp"
#include "device/why.hpp"
#include "fixture.hpp"
#include "overlay/boot_file.hpp"
#include "sim_workload.hpp"

namespace interlude::crash {
namespace {

using namespace std::chrono_literals;
using improvement::Apply;
using improvement::Probe;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTool = "usr/bin/tool";

device::UnitFacts down(const std::string& result) {
  device::UnitFacts facts;
  facts.result = result;
  return facts;
}

class Live : public testing::Test {
 protected:
  Live() : disk_(new_device(publisher_)), workload_(disk_) {
    publisher_.adjust([](improvement::Component& component) {
      component.probes = {{"probe", Probe::Kind::Unit, {}, "web.service"}};
    });
    workload_.start({1, "systemd", "init.scope", false, {kTool}});
    workload_.start({2, "web", "web.service", false, {kTool}});
    workload_.start({3, "bus", "dbus.service", false, {kTool}});
    workload_.start({4, "editor", "session-1.scope", true, {kTool}});
    workload_.start({5, "other", "other.service", false, {"etc/config"}});
  }

  Status run(const Work& work, std::chrono::minutes later = 0min) {
    return run_agent(disk_, publisher_, work, {}, {}, {}, start_time() + later, circumstances_,
                     &workload_);
  }
  static Status nothing(device::Agent&) { return {}; }
  json::Value status(std::chrono::minutes later = 0min) {
    const auto report = device::make_report(disk_, Layout("/device"), start_time() + later);
    EXPECT_TRUE(report);
    return report ? to_json(*report) : json::Value();
  }
  void expect_done(const Status& status) { EXPECT_TRUE(status) << status.error().message(); }
  std::vector<std::string> quarantine() {
    std::vector<std::string> all;
    const auto record = device::Memory(disk_, Layout("/device")).record();
    for (const device::Quarantined& each : record->quarantine) all.push_back(each.why);
    return all;
  }

  Publisher publisher_;
  sys::sim::FileSystem disk_;
  SimWorkload workload_;
  device::Circumstances circumstances_;
};

TEST_F(Live, RestartsWhatMayAndCommitsAfterItsProbation) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(status()["state"], "probation");
  EXPECT_THAT(workload_.restarted, ElementsAre("web.service"));
  expect_done(run(poll, 5min));
  EXPECT_EQ(status()["state"], "probation");
  EXPECT_EQ(workload_.renewed, 0);
  expect_done(run(nothing, 10min));
  EXPECT_EQ(status()["state"], "committed");
  EXPECT_EQ(workload_.renewed, 1) << "process 1 begins anew once the generation is good";
  EXPECT_THAT(workload_.restarted, ElementsAre("web.service"));
}

TEST_F(Live, SaysWhenToComeBack) {
  publisher_.publish_through("a");
  std::chrono::seconds due{};
  expect_done(run([&](device::Agent& agent) {
    const Status done = poll(agent);
    due = agent.until_due(false);
    return done;
  }));
  EXPECT_EQ(due, 2min);
  expect_done(run(
      [&](device::Agent& agent) {
        due = agent.until_due(false);
        return Status();
      },
      9min));
  EXPECT_EQ(due, 1min);
}

TEST_F(Live, AClockThatWasSetBackMakesNoProbationWithoutEnd) {
  publisher_.publish_through("a");
  expect_done(run(poll, 600min));
  expect_done(run(nothing, 0min));
  expect_done(run(nothing, 10min));
  EXPECT_EQ(status()["state"], "committed");
}

TEST_F(Live, GoesBackBeforeAnyRestartWhereNewFilesDoNotLoad) {
  publisher_.publish_through("a");
  workload_.new_files_load = false;
  EXPECT_THAT(run(poll).error().message(), HasSubstr("cannot be loaded"));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_THAT(workload_.restarted, IsEmpty());
  ASSERT_FALSE(quarantine().empty());
  workload_.new_files_load = true;
  expect_done(run(poll, 60min));
  EXPECT_EQ(letter_on(disk_), "") << "it was tried again";
}

TEST_F(Live, GoesBackWhereAUnitDoesNotComeBack) {
  publisher_.publish_through("a");
  workload_.fail_on_new = {"web.service"};
  EXPECT_FALSE(run(poll));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_TRUE(workload_.units["web.service"].active) << "what it broke runs again";
  EXPECT_THAT(quarantine(), ElementsAre(HasSubstr("web.service was active")));
}

TEST_F(Live, AHiccupOfAUnitIsForgiven) {
  publisher_.publish_through("a");
  workload_.fail_once = {"web.service"};
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_THAT(workload_.restarted, ElementsAre("web.service", "web.service"));
}

TEST_F(Live, GoesBackWhereAUnitFailsLater) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  workload_.units["other.service"] = down("exit-code");
  workload_.fail_on_new = {"other.service"};
  expect_done(run(nothing, 4min));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_TRUE(workload_.units["other.service"].active);
  EXPECT_EQ(status()["state"], "rolled-back");
}

TEST_F(Live, GoesBackWhereAUnitCrashesAgainAndAgain) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  workload_.units["web.service"].restarts = 1;
  expect_done(run(nothing, 2min));
  EXPECT_EQ(letter_on(disk_), "a") << "once is a hiccup";
  workload_.units["web.service"].restarts = 2;
  expect_done(run(nothing, 4min));
  EXPECT_EQ(letter_on(disk_), "");
}

TEST_F(Live, GoesBackWhereAProbeThatPassedDoesNot) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  workload_.passing = {};
  expect_done(run(nothing, 2min));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_THAT(quarantine(), ElementsAre(HasSubstr("probe box/probe: exit code 1")));
}

TEST_F(Live, DoesNotHoldAgainstALetterWhatWasBadBefore) {
  publisher_.publish_through("a");
  workload_.passing = {};
  workload_.units["other.service"] = down("exit-code");
  expect_done(run(poll));
  expect_done(run(nothing, 10min));
  EXPECT_EQ(status()["state"], "committed");
}

TEST_F(Live, AskingTheRepositoryIsPartOfTheProbation) {
  publisher_.publish_through("a");
  workload_.fresh_refresh = fail(ErrorKind::Unavailable, "TLS does not work");
  EXPECT_THAT(run(poll).error().message(), HasSubstr("cannot ask the repository"));
  EXPECT_EQ(letter_on(disk_), "");
}

TEST_F(Live, ANetworkThatIsAwayIsNoFault) {
  publisher_.publish_through("a");
  workload_.fresh_refresh = fail(ErrorKind::Unavailable, "no route");
  bool switched = false;
  const auto away = [&](sys::FileSystem&, std::string_view step) {
    switched = switched || step == "probation";
  };
  // The repository is unreachable from the switch on, for the old libraries as well.
  sys::sim::Transport* network = nullptr;
  const Status done = run_agent(
      disk_, publisher_, poll,
      [&](sys::FileSystem& disk, std::string_view step) {
        away(disk, step);
        if (switched) network->fail("timestamp", {sys::sim::Fault::Kind::Refuse, 0, 0, ~0U});
      },
      [&](sys::sim::Transport& transport) { network = &transport; }, {}, start_time(), {},
      &workload_);
  expect_done(done);
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(Live, RemovalRestartsWhatRunsTheRemovedCodeAndNeedsNoWaiting) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  workload_.restarted.clear();
  workload_.start({8, "old", "", false, {"usr/lib/libx.so.1.0"}});
  expect_done(run(remove, 1min));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_THAT(workload_.restarted, ElementsAre("web.service"));
  const auto nobody_is_left = [](device::Agent& agent) -> Status {
    const auto findings = agent.look();
    for (const running::Process& each : findings->processes) EXPECT_THAT(each.old, IsEmpty());
    return {};
  };
  expect_done(run(nobody_is_left, 2min));
}

TEST_F(Live, KnowsWhoGoesOnWithWhatWasRemoved) {
  std::vector<int> pids;
  const auto who = [&](device::Agent& agent) -> Status {
    const auto findings = agent.look();
    pids.clear();
    for (const running::Process& each : findings->processes) {
      if (!each.old.empty()) pids.push_back(each.pid);
    }
    return {};
  };
  publisher_.publish_through("a");
  expect_done(run(poll));
  workload_.start({9, "viewer", "session-1.scope", true, {kTool}});
  expect_done(run(remove, 1min));  // in its probation: no activation keeps it
  expect_done(run(who, 2min));
  EXPECT_THAT(pids, ElementsAre(9));
  expect_done(run(poll, 70min));
  expect_done(run(who, 71min));
  EXPECT_THAT(pids, ElementsAre(9));
  workload_.end(9);
  expect_done(run(nothing, 72min));
  expect_done(run(who, 73min));
  EXPECT_THAT(pids, IsEmpty());
  const auto left = device::Store(disk_, Layout("/device")).generations();
  EXPECT_THAT(*left, ElementsAre(kBaseline)) << "nothing is kept for nobody";
}

TEST_F(Live, OneChangeAtATime) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  publisher_.publish_through("b");
  expect_done(run(poll, 1min));
  EXPECT_EQ(letter_on(disk_), "a");
  const Status asked = run(install("b"), 1min);
  ASSERT_FALSE(asked);
  EXPECT_THAT(asked.error().message(), HasSubstr("is watched until"));
  expect_done(run(poll, 10min));
  EXPECT_EQ(letter_on(disk_), "b");
}

TEST_F(Live, SaysNothingOfUnitsWhileTheMachineStarts) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  workload_.units["web.service"] = down("success");
  workload_.starting = true;
  expect_done(run(nothing, 20min));
  EXPECT_EQ(status()["state"], "probation");
  workload_.units["web.service"].active = true;
  workload_.starting = false;
  expect_done(run(nothing, 21min));
  EXPECT_EQ(status()["state"], "committed");
}

TEST_F(Live, ForecastsWithoutDoing) {
  publisher_.publish_through("a");
  std::optional<device::Forecast> forecast;
  expect_done(run([&](device::Agent& agent) -> Status {
    auto looked = agent.forecast({});
    if (!looked) return std::unexpected(looked.error());
    forecast = std::move(*looked);
    return {};
  }));
  ASSERT_TRUE(forecast);
  EXPECT_THAT(forecast->plan.restart, ElementsAre("web.service"));
  ASSERT_EQ(forecast->plan.left.size(), 1U);
  EXPECT_EQ(forecast->plan.left[0].unit, "dbus.service");
  ASSERT_EQ(forecast->plan.told.size(), 1U);
  EXPECT_EQ(forecast->plan.told[0].program, "editor");
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(status()["reason_code"], "available");
  expect_done(run(poll));
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(Live, HeedsTheGuardThatWentBack) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(nothing, 10min));
  const Layout layout("/device");
  const auto on = disk_.read_link(layout.active());
  ASSERT_TRUE(on);
  // The guard, at a boot.
  ASSERT_TRUE(overlay::write_boot_file(
      disk_, layout,
      {"baseline", "baseline", 0, true, file_name_of(*on), "2 boots did not come through"}));
  ASSERT_TRUE(sys::replace_symlink(disk_, "generations/baseline", layout.active()));
  expect_done(run(poll, 60min));
  EXPECT_EQ(letter_on(disk_), "") << "it was tried again";
  EXPECT_THAT(quarantine(), ElementsAre("2 boots did not come through"));
  EXPECT_EQ(overlay::read_boot_file(disk_, layout).failed, "");
  const auto history = device::Memory(disk_, layout).history();
  EXPECT_EQ(history->back().event, "rolled-back");
}

TEST_F(Live, HeedsTheGuardThatAPersonHadRemove) {
  publisher_.publish_through("a");
  expect_done(run(poll));
  expect_done(run(nothing, 10min));
  const Layout layout("/device");
  const auto on = disk_.read_link(layout.active());
  ASSERT_TRUE(on);
  ASSERT_TRUE(overlay::write_boot_file(
      disk_, layout, {"baseline", "baseline", 0, true, "", "", file_name_of(*on)}));
  ASSERT_TRUE(sys::replace_symlink(disk_, "generations/baseline", layout.active()));
  expect_done(run(poll, 60min));
  EXPECT_EQ(letter_on(disk_), "") << "it was put on again";
  EXPECT_EQ(status()["reason_code"], "removed");
  EXPECT_THAT(quarantine(), IsEmpty());
  EXPECT_EQ(overlay::read_boot_file(disk_, layout).removed, "");
  publisher_.publish_through("b");
  expect_done(run(poll, 120min));
  EXPECT_EQ(letter_on(disk_), "b") << "a newer letter comes";
}

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
