// What a switch does to what runs: restarts, probes, probation. The system is simulated;
// tests/system has the real one.

#include "live.hpp"

#include "device/why.hpp"
#include "overlay/boot_file.hpp"

namespace interlude::crash {
namespace {

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

/// Committed, and then the guard did something without the agent.
class Guarded : public Live {
 protected:
  Guarded() {
    publisher_.publish_through("a");
    expect_done(run(poll));
    expect_done(run(nothing, 10min));
  }
  std::string on() { return file_name_of(disk_.read_link(layout.active()).value_or("")); }
  void guard_went_to_baseline(const overlay::BootFile& noted) {
    ASSERT_TRUE(overlay::write_boot_file(disk_, layout, noted));
    ASSERT_TRUE(sys::replace_symlink(disk_, "generations/baseline", layout.active()));
  }
  const Layout layout{"/device"};
};

TEST_F(Guarded, IsHeededWhereTheGuardWentBack) {
  guard_went_to_baseline({"baseline", "baseline", 0, true, on(), "2 boots did not come through"});
  expect_done(run(poll, 60min));
  EXPECT_EQ(letter_on(disk_), "") << "it was tried again";
  EXPECT_THAT(quarantine(), ElementsAre("2 boots did not come through"));
  EXPECT_EQ(overlay::read_boot_file(disk_, layout).failed, "");
  const auto history = device::Memory(disk_, layout).history();
  EXPECT_EQ(history->back().event, "rolled-back");
}

TEST_F(Guarded, IsHeededWhereAPersonHadTheGuardRemove) {
  guard_went_to_baseline({"baseline", "baseline", 0, true, "", "", on()});
  expect_done(run(poll, 60min));
  EXPECT_EQ(letter_on(disk_), "") << "it was put on again";
  EXPECT_EQ(status()["reason_code"], "removed");
  EXPECT_THAT(quarantine(), IsEmpty());
  EXPECT_EQ(overlay::read_boot_file(disk_, layout).removed, "");
  publisher_.publish_through("b");
  expect_done(run(poll, 120min));
  EXPECT_EQ(letter_on(disk_), "b") << "a newer letter comes";
}

}  // namespace
}  // namespace interlude::crash
