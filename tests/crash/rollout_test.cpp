// A whole device in a rollout: what a poll leads to while its publisher begins, pauses, withdraws
// and recalls, and what is kept through kills.

#include <gmock/gmock.h>

#include "fixture.hpp"

namespace interlude::crash {
namespace {

using namespace std::chrono_literals;
using rollout::After;
using Said = rollout::Entry;
using rollout::Progress;
using testing::HasSubstr;

Said running() {
  return {Progress::Running, start_time(), rollout::kEverybody, 0min, {}, ""};
}
Said withdrawn(After after) {
  return {Progress::Withdrawn, start_time(), rollout::kEverybody, 0min, after, "it crashes"};
}

class DeviceRollout : public testing::Test {
 protected:
  DeviceRollout() : disk_(new_device(publisher_)) {
    publisher_.require_rollout();
    // Everybody at once: whose turn it is, src/rollout tests.
    rollout::Schedule at_once = rollout::profile(rollout::Urgency::Normal, start_time() - 1h);
    at_once.steps = {{0min, rollout::kEverybody}};
    publisher_.schedule(at_once);
  }

  Status poll_at(sys::Time now, const OnStep& on_step = {}) {
    return run_agent(disk_, publisher_, poll, on_step, {}, {}, now, circumstances_);
  }
  device::Record record() {
    const auto record = device::Memory(disk_, Layout("/device")).record();
    EXPECT_TRUE(record);
    return record ? *record : device::Record{};
  }
  std::string reason() {
    const device::State state = record().state;
    const auto* const waiting = std::get_if<device::Waiting>(&state);
    return waiting == nullptr ? "" : std::string(name_of(waiting->reason));
  }
  std::vector<std::string> events() {
    std::vector<std::string> all;
    const auto history = device::Memory(disk_, Layout("/device")).history();
    for (const device::HistoryEntry& each : *history) all.push_back(each.event + " " + each.letter);
    return all;
  }

  Publisher publisher_;
  sys::sim::FileSystem disk_;
  device::Circumstances circumstances_;
};

TEST_F(DeviceRollout, WaitsForItsBeginning) {
  publisher_.publish_through("a");
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(reason(), "rollout-data-missing");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(DeviceRollout, TellsEachLetterThatWaitsAndWhy) {
  publisher_.publish_through("b");
  Said paused = running();
  paused.progress = Progress::Paused;
  paused.reason = "being looked at";
  publisher_.say({{"b", paused}});
  ASSERT_TRUE(poll_at(start_time()));
  const auto answers = record().rollouts.answers;
  ASSERT_EQ(answers.size(), 2);
  EXPECT_EQ(answers[0].letter, "b");
  EXPECT_THAT(answers[0].sentence, HasSubstr("being looked at"));
  EXPECT_EQ(name_of(answers[1].reason), "rollout-data-missing");
}

TEST_F(DeviceRollout, InstallsAnOlderLetterWhileTheNewestIsPaused) {
  publisher_.publish_through("b");
  Said paused = running();
  paused.progress = Progress::Paused;
  publisher_.say({{"a", running()}, {"b", paused}});
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(DeviceRollout, GoesBackToTheBaselineWhereNothingElseIsHere) {
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  publisher_.say({{"a", withdrawn(After::Revert)}});
  ASSERT_TRUE(poll_at(start_time() + 1h + 1s));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(reason(), "withdrawn");
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with(""));
  EXPECT_THAT(events(), testing::ElementsAre("installed a", "withdrawn a"));
  ASSERT_TRUE(poll_at(start_time() + 2h));
  EXPECT_EQ(letter_on(disk_), "") << "it came back";
}

TEST_F(DeviceRollout, GoesBackToTheNewestLetterHereThatIsGood) {
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  publisher_.publish_through("b");
  publisher_.say({{"b", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  ASSERT_EQ(letter_on(disk_), "b");
  publisher_.say({{"b", withdrawn(After::Revert)}});
  ASSERT_TRUE(poll_at(start_time() + 1h + 1s));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with("a"));
  publisher_.publish_through("c");
  publisher_.say({{"c", running()}});
  ASSERT_TRUE(poll_at(start_time() + 2h));
  EXPECT_EQ(letter_on(disk_), "c");
}

TEST_F(DeviceRollout, ComesAgainWhenItIsToGoBack) {
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  publisher_.say({{"a", withdrawn(After::Revert)}});
  sys::Time now = start_time();
  ASSERT_TRUE(poll_at(now));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(reason(), "withdrawn");
  now = *record().polls.next;
  EXPECT_LE(now, start_time() + 1h);
  ASSERT_TRUE(poll_at(now));
  EXPECT_EQ(letter_on(disk_), "");
}

TEST_F(DeviceRollout, KeepsWhatIsWithdrawnWhereThePublisherOrThePolicySaysSo) {
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  publisher_.say({{"a", withdrawn(After::Keep)}});
  ASSERT_TRUE(poll_at(start_time() + 2h));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(reason(), "withdrawn");
  publisher_.say({{"a", withdrawn(After::Revert)}});
  circumstances_.policy.allow_remote_revert = false;
  ASSERT_TRUE(poll_at(start_time() + 3h));
  EXPECT_EQ(letter_on(disk_), "a");
  circumstances_.policy.allow_remote_revert = true;
  ASSERT_TRUE(poll_at(start_time() + 4h));
  EXPECT_EQ(letter_on(disk_), "");
}

TEST_F(DeviceRollout, IsRecalledByTheKeyThatSignedIt) {
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  publisher_.recall("a", {start_time(), After::Revert, "the wrong file"});
  ASSERT_TRUE(poll_at(start_time() + 100h));
  EXPECT_EQ(letter_on(disk_), "");
}

// A download that takes long; meanwhile the publisher stops it.
TEST_F(DeviceRollout, AsksAgainBeforeItSwitchesOnWhatTookLongToFetch) {
  publisher_.publish_through("a");
  for (const Progress stop : {Progress::Paused, Progress::Withdrawn}) {
    publisher_.say({{"a", running()}});
    sys::sim::FileSystem disk = new_device(publisher_);
    sys::sim::Clock clock(start_time());
    sys::sim::Random random(1);
    sys::sim::Transport transport;
    transport.mount(std::string(kUrl) + "/", publisher_.disk(), "/repository/public");
    const Layout layout("/device");
    const auto config = device::load_config(disk, layout);
    ASSERT_TRUE(config);
    device::DirectSource source(disk, transport, clock, layout.metadata(), layout.incoming(),
                                *config);
    device::Agent::Watch watch;
    watch.step = [&](std::string_view name) {
      if (name != "rebuilding") return;
      Said stopped = running();
      stopped.progress = stop;
      publisher_.say({{"a", stopped}});
      clock.advance(11min);
    };
    watch.progress = [](std::string_view, double) { return true; };
    const auto agent =
        device::Agent::open({disk, clock, random, source}, layout, *config, {}, std::move(watch));
    ASSERT_TRUE(agent);
    ASSERT_TRUE((*agent)->recover());
    EXPECT_TRUE(poll(**agent));
    EXPECT_EQ(letter_on(disk), "") << rollout::name_of(stop);
    const auto* const waiting = std::get_if<device::Waiting>(&(*agent)->record().state);
    ASSERT_NE(waiting, nullptr);
    EXPECT_EQ(name_of(waiting->reason), rollout::name_of(stop));
  }
}

TEST_F(DeviceRollout, AsksAboutTheConnectionOnlyWhereSomethingWaitsForTheAnswer) {
  int asked = 0;
  bool metered = true;
  circumstances_.is_metered = [&] {
    ++asked;
    return metered;
  };
  publisher_.publish_through("a");
  ASSERT_TRUE(poll_at(start_time()));  // not begun: nobody is asked
  EXPECT_EQ(asked, 0);
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(reason(), "metered");
  ASSERT_EQ(record().rollouts.answers.size(), 1);
  EXPECT_EQ(record().rollouts.answers[0].until, record().polls.next);
  ASSERT_TRUE(run_agent(disk_, publisher_, install("a"), {}, {}, {}, start_time(), circumstances_));
  EXPECT_EQ(letter_on(disk_), "a") << "a person is not held up";
  ASSERT_TRUE(poll_at(start_time()));  // nothing new
  EXPECT_EQ(asked, 1);

  publisher_.publish_through("b");
  publisher_.say({{"b", running()}});
  metered = false;
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "b");
  EXPECT_EQ(asked, 2);
  metered = true;
  circumstances_.policy.metered = true;
  publisher_.publish_through("c");
  publisher_.say({{"c", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "c");
  EXPECT_EQ(asked, 2);
}

TEST_F(DeviceRollout, LetsUrgentLettersGoOverAnyConnectionAndOnAnyBattery) {
  circumstances_.is_metered = [] {
    ADD_FAILURE() << "asked for nothing";
    return true;
  };
  circumstances_.battery = 3;
  rollout::Schedule urgent = rollout::profile(rollout::Urgency::Urgent, start_time() - 24h);
  publisher_.schedule(urgent);
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(DeviceRollout, SaysWhenALowBatteryIsLookedAtAgain) {
  circumstances_.battery = 3;
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(reason(), "on-battery");
  ASSERT_EQ(record().rollouts.answers.size(), 1);
  EXPECT_EQ(record().rollouts.answers[0].until, record().polls.next);
}

class DeviceHolds : public DeviceRollout {
 protected:
  /// dpkg's status of the whole device: the package of the improvement's only component.
  void dpkg_says(const std::string& wanted) {
    ASSERT_TRUE(sys::make_directories(disk_, "/device/var/lib/dpkg", 0755));
    ASSERT_TRUE(disk_.write("/device/var/lib/dpkg/status",
                            as_bytes("Package: libbox1\nStatus: " + wanted +
                                     " ok installed\nVersion: 1.0\nArchitecture: amd64\n\n"),
                            0644));
  }
  void publish(const std::string& letter) {
    publisher_.publish_through(letter);
    publisher_.say({{letter, running()}});
  }
  Status ask_for(const std::vector<std::string>& components) {
    const Work asked = [&](device::Agent& agent) {
      return agent.run({device::Request::Kind::Install, std::nullopt, components});
    };
    return run_agent(disk_, publisher_, asked, {}, {}, {}, start_time(), circumstances_);
  }
};

TEST_F(DeviceHolds, LeaveAloneWhatIsNotOnYet) {
  dpkg_says("hold");
  publish("a");
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(reason(), "on-hold");
  const auto skipped = record().skipped;
  ASSERT_EQ(skipped.size(), 1);
  EXPECT_EQ(skipped[0].standing, device::Standing::OnHold);
  EXPECT_EQ(skipped[0].note, "its package libbox1 is on hold here (apt-mark hold)");
  const Status named = ask_for({"box"});
  ASSERT_FALSE(named);
  EXPECT_EQ(named.error().kind(), ErrorKind::Denied);
  EXPECT_EQ(letter_on(disk_), "");
  dpkg_says("install");
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(DeviceHolds, DoNotTakeOffWhatIsOn) {
  publish("a");
  ASSERT_TRUE(poll_at(start_time()));
  dpkg_says("hold");
  ASSERT_TRUE(ask_for({})) << "nothing of it changes";
  publish("b");
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "a");
  EXPECT_EQ(reason(), "on-hold");
  ASSERT_EQ(record().rollouts.answers.size(), 1);
  EXPECT_THAT(record().rollouts.answers[0].sentence, HasSubstr("it changes box, which is on"));
  const Status asked = ask_for({});
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind(), ErrorKind::Denied);
  circumstances_.policy.respect_holds = false;
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "b");
}

TEST_F(DeviceHolds, ArePresumedWhereDpkgsStatusCannotBeRead) {
  dpkg_says("what");
  ASSERT_TRUE(disk_.write("/device/var/lib/dpkg/status",
                          as_bytes("Package: libbox1\nStatus: nonsense\n"), 0644));
  publish("a");
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "");
  EXPECT_EQ(reason(), "on-hold");
}

TEST_F(DeviceHolds, AreThoseOfTheTreesOwnDpkgWhereItHasOne) {
  dpkg_says("hold");
  ASSERT_TRUE(sys::make_directories(disk_, "/baseline/var/lib/dpkg", 0755));
  ASSERT_TRUE(disk_.write("/baseline/var/lib/dpkg/status", as_bytes(""), 0644));
  publish("a");
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "a");
}

// As from a copied repository that is older than a day.
TEST_F(DeviceRollout, LetsAPersonInstallWithExpiredRolloutDataWhatItHeardOf) {
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  const auto install_late = [&] {
    return run_agent(disk_, publisher_, install("a"), {}, {}, {}, start_time() + 30h);
  };
  const Status unheard = install_late();
  ASSERT_FALSE(unheard);
  EXPECT_EQ(reason(), "rollout-data-missing");
  circumstances_.policy.automatic = rollout::Automatic::AlwaysOff;
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(letter_on(disk_), "");
  ASSERT_TRUE(install_late());
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(DeviceRollout, HoldsEverythingWhereThePolicyCannotBeRead) {
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  circumstances_.policy.problem = "/etc/interlude/policy.d/10.toml:3: unknown key";
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(reason(), "on-hold");
}

TEST_F(DeviceRollout, StaysBackWithStaleDataUntilTheDeadline) {
  rollout::Schedule late = rollout::profile(rollout::Urgency::Normal, start_time());
  late.steps = {{30min, rollout::kEverybody}};
  late.deadline = start_time() + 40h;
  publisher_.schedule(late);
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  EXPECT_EQ(reason(), "ramp");
  ASSERT_TRUE(poll_at(start_time() + 39h));  // the file has expired
  EXPECT_EQ(reason(), "rollout-data-stale");
  ASSERT_TRUE(poll_at(start_time() + 40h));
  EXPECT_EQ(letter_on(disk_), "a");
}

TEST_F(DeviceRollout, PollsSoonOnANewNetworkUnlessItJustDid) {
  publisher_.publish_through("a");
  ASSERT_TRUE(poll_at(start_time()));
  const auto expect_network = [](device::Agent& agent) { return agent.expect_network(); };
  const sys::Time planned = *record().polls.next;
  const auto network_at = [&](sys::Time now) {
    EXPECT_TRUE(run_agent(disk_, publisher_, expect_network, {}, {}, {}, now));
    return *record().polls.next;
  };
  EXPECT_EQ(network_at(start_time() + 10min), planned);
  const sys::Time late = start_time() + 3h;  // it slept
  EXPECT_GE(network_at(late), late + 5s);
  EXPECT_LE(network_at(late), late + 2min);
  const auto without_network = [](sys::sim::Transport& transport) {
    transport.fail("", {sys::sim::Fault::Kind::Refuse});
  };
  EXPECT_FALSE(run_agent(disk_, publisher_, poll, {}, without_network, {}, late));
  EXPECT_LE(network_at(late + 1min), late + 3min);
}

TEST_F(DeviceRollout, GoesBackWhereverItIsKilled) {
  publisher_.publish_through("a");
  publisher_.say({{"a", running()}});
  ASSERT_TRUE(poll_at(start_time()));
  publisher_.say({{"a", withdrawn(After::Revert)}});
  const sys::sim::FileSystem before = disk_;
  for (int cut = 1;; ++cut) {
    disk_ = before;
    disk_.cut_power_at(static_cast<std::uint64_t>(cut), sys::sim::AfterCut::NotDone);
    const bool finished = static_cast<bool>(poll_at(start_time() + 2h));
    disk_.restart(sys::sim::Survivors::OnlySynced);
    const std::string on = letter_on(disk_);
    EXPECT_TRUE(on.empty() || on == "a") << "cut at operation " << cut;
    ASSERT_TRUE(poll_at(start_time() + 4h)) << "cut at operation " << cut;
    EXPECT_EQ(letter_on(disk_), "") << "cut at operation " << cut;
    EXPECT_EQ(active_tree(disk_), publisher_.tree_with("")) << "cut at operation " << cut;
    if (finished) break;
  }
}

}  // namespace
}  // namespace interlude::crash
