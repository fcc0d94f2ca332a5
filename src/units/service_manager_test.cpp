// A real service manager, where this machine has one: tests/system runs these in a container.

#include "units/service_manager.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "sys/posix/process.hpp"
#include "units/system_workload.hpp"

namespace interlude::units {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;

class Manager : public testing::Test {
 protected:
  void SetUp() override {
    auto connected = ServiceManager::connect();
    if (!connected) GTEST_SKIP() << connected.error().message();
    manager_ = std::move(*connected);
  }
  void TearDown() override {
    if (manager_ == nullptr) return;
    for (const std::string& name : made_) {
      (void)processes_.run({"systemctl", "stop", name}, "");
      std::filesystem::remove("/run/systemd/system/" + name);
    }
    reload();
  }
  void reload() { (void)processes_.run({"systemctl", "daemon-reload"}, ""); }
  /// A unit with this text, started.
  void make(const std::string& name, const std::string& text) {
    std::filesystem::create_directories("/run/systemd/system");
    std::ofstream("/run/systemd/system/" + name) << text;
    made_.push_back(name);
    reload();
    (void)processes_.run({"systemctl", "start", "--no-block", name}, "");
  }

  sys::posix::ProcessRunner processes_;
  std::unique_ptr<ServiceManager> manager_;
  std::vector<std::string> made_;
};

TEST_F(Manager, ListsAndDescribesUnits) {
  make("il-a@1.service", "[Service]\nExecStart=/bin/sleep 1000\n");
  ASSERT_TRUE(manager_->restart("il-a@1.service", seconds(20)));
  const auto units = manager_->active_units();
  ASSERT_TRUE(units) << units.error().message();
  EXPECT_THAT(*units, Contains("il-a@1.service"));
  const auto facts = manager_->facts("il-a@1.service");
  ASSERT_TRUE(facts && *facts);
  EXPECT_TRUE((*facts)->active);
  EXPECT_FALSE((*facts)->refuses);
  EXPECT_EQ((*facts)->type, "simple");
  EXPECT_EQ((*facts)->result, "success");
  const auto nobody = manager_->facts("il-nobody.service");
  ASSERT_TRUE(nobody) << nobody.error().message();
  EXPECT_FALSE(*nobody);
}

TEST_F(Manager, RestartsAndWaitsUntilItIsReady) {
  make("il-b.service",
       "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'sleep 0.3; echo x >> "
       "/run/il-b'\n");
  std::filesystem::remove("/run/il-b");
  const Status restarted = manager_->restart("il-b.service", seconds(20));
  ASSERT_TRUE(restarted) << restarted.error().message();
  EXPECT_TRUE(std::filesystem::exists("/run/il-b"));
  std::filesystem::remove("/run/il-b");
}

TEST_F(Manager, SaysThatAUnitDoesNotStartOrNotInTime) {
  make("il-c.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n");
  const Status failed = manager_->restart("il-c.service", seconds(20));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message(), HasSubstr("failed"));
  const auto facts = manager_->facts("il-c.service");
  ASSERT_TRUE(facts && *facts);
  EXPECT_TRUE((*facts)->failed());
  EXPECT_EQ((*facts)->result, "exit-code");
  make("il-d.service", "[Service]\nType=oneshot\nExecStart=/bin/sleep 30\nTimeoutStopSec=1\n");
  const Status slow = manager_->restart("il-d.service", seconds(1));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().kind(), ErrorKind::Unavailable);
}

TEST_F(Manager, RunsAProbeWithoutRightsOrNetwork) {
  EXPECT_TRUE(manager_->run({"/bin/true"}, seconds(20)));
  EXPECT_FALSE(manager_->run({"/bin/false"}, seconds(20)));
  const Status is_root = manager_->run({"/bin/sh", "-c", "test $(id -u) -eq 0"}, seconds(20));
  EXPECT_FALSE(is_root);
  const Status can_write = manager_->run(
      {"/bin/sh", "-c", "echo x > /usr/il-probe || echo x > /etc/il-probe"}, seconds(20));
  EXPECT_FALSE(can_write);
  const Status slow = manager_->run({"/bin/sleep", "60"}, seconds(1));
  ASSERT_FALSE(slow);
  EXPECT_THAT(slow.error().message(), HasSubstr("/bin/sleep: "));
}

TEST_F(Manager, OutlivesANewProcessOne) {
  SystemWorkload workload(processes_, {.root = "/", .load_helper = "", .refresh = {}});
  ASSERT_TRUE(workload.active_units());
  const Status renewed = workload.renew_manager();
  EXPECT_TRUE(renewed) << renewed.error().message();
  const auto units = workload.active_units();
  EXPECT_TRUE(units) << units.error().message();
}

TEST_F(Manager, ACrashThatWasMendedIsCounted) {
  make("il-e.service", "[Service]\nExecStart=/bin/sleep 1000\nRestart=always\nRestartSec=10ms\n");
  (void)processes_.run({"systemctl", "kill", "-s", "SEGV", "il-e.service"}, "");
  std::optional<device::UnitFacts> facts;
  for (int tries = 0; tries < 500 && (!facts || facts->restarts == 0 || !facts->active); ++tries) {
    auto now = manager_->facts("il-e.service");
    ASSERT_TRUE(now);
    facts = *now;
    usleep(10'000);
  }
  EXPECT_EQ(facts->restarts, 1U);
  EXPECT_TRUE(facts->active);
}

}  // namespace
}  // namespace interlude::units
