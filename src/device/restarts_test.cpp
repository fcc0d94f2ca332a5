#include "device/restarts.hpp"

#include <gmock/gmock.h>

namespace interlude::device {
namespace {

using running::Process;
using testing::ElementsAre;
using testing::IsEmpty;

Process process(int pid, const std::string& unit, bool of_person = false) {
  Process made;
  made.pid = pid;
  made.program = "p" + std::to_string(pid);
  made.belongs = {unit, 0, of_person};
  return made;
}

UnitFacts active(const std::string& type = "simple") {
  UnitFacts facts;
  facts.active = true;
  facts.result = "success";
  facts.type = type;
  return facts;
}

std::vector<std::string> left(const RestartPlan& plan) {
  std::vector<std::string> names;
  for (const LeftRunning& each : plan.left) names.push_back(each.unit);
  return names;
}

TEST(Restarts, TakeServicesAndTellPeople) {
  const std::vector<Process> old = {
      process(1, "init.scope"),        process(2, "web.service"),
      process(3, "web.service"),       process(4, "session-2.scope", true),
      process(5, "app.service", true), process(6, "")};
  const RestartPlan plan = plan_restarts(old, {}, {}, {{"web.service", active()}});
  EXPECT_THAT(plan.restart, ElementsAre("web.service"));
  EXPECT_TRUE(plan.manager);
  ASSERT_EQ(plan.told.size(), 3U);
  EXPECT_EQ(plan.told[0].pid, 4);
}

TEST(Restarts, LeaveWhatWouldTakeOthersWithIt) {
  for (const char* unit :
       {"dbus.service", "gdm3.service", "systemd-logind.service", "NetworkManager.service",
        "wg-quick@home.service", "docker.service", "libvirtd.service", "virtqemud.service",
        "getty@tty1.service", "user@1000.service", "interlude-agent.service"}) {
    const std::vector<Process> old = {process(2, unit)};
    EXPECT_THAT(plan_restarts(old, {}, {}, {{unit, active()}}).restart, IsEmpty()) << unit;
    const RestartPolicy allowed{{}, {unit}};
    EXPECT_THAT(plan_restarts(old, {}, allowed, {{unit, active()}}).restart, ElementsAre(unit));
  }
}

TEST(Restarts, LeaveWhatItsOwnSettingsForbid) {
  UnitFacts refuses = active();
  refuses.refuses = true;
  const std::map<std::string, UnitFacts> facts = {{"a.service", refuses},
                                                  {"b.service", active("oneshot")}};
  const std::vector<Process> old = {process(2, "a.service"), process(3, "b.service")};
  const RestartPlan plan = plan_restarts(old, {}, {{}, {"*"}}, facts);
  EXPECT_THAT(plan.restart, IsEmpty());
  EXPECT_THAT(left(plan), ElementsAre("a.service", "b.service"));
}

TEST(Restarts, FollowPublisherAndAdministrator) {
  const std::vector<Process> old = {process(2, "db@1.service"), process(3, "web.service")};
  const std::map<std::string, UnitFacts> facts = {{"db@1.service", active()},
                                                  {"web.service", active()},
                                                  {"cache.service", active()},
                                                  {"idle.service", {}}};
  const improvement::RestartRules rules{{"cache.service", "idle.service", "unknown.service"},
                                        {"db@*.service"}};
  const RestartPlan plan = plan_restarts(old, {rules}, {{"web.*"}, {}}, facts);
  EXPECT_THAT(plan.restart, ElementsAre("cache.service"));
  EXPECT_THAT(left(plan), ElementsAre("db@1.service", "web.service"));
}

}  // namespace
}  // namespace interlude::device
