#pragma once
// A device whose own system files are patched, and a package manager that changes them, too.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/report.hpp"
#include "fixture.hpp"
#include "folder_mounts.hpp"
#include "sim_workload.hpp"

namespace interlude::crash {

using namespace std::chrono_literals;
using improvement::Apply;
using testing::HasSubstr;

inline constexpr const char* kLink = "/usr/lib/libx.so.1";

class SystemFiles : public testing::Test {
 protected:
  SystemFiles()
      : disk_(new_device(publisher_)),
        mounts_(disk_, "/device", Path(kBaselineFolder)),
        workload_(disk_) {
    publisher_.split_core();
    device::Config config = provisioning(publisher_).config;
    config.backend = device::Config::BackendKind::Overlay;
    EXPECT_TRUE(disk_.write("/device/etc/interlude/agent.toml", as_bytes(to_toml(config)), 0644));
    EXPECT_TRUE(sys::make_directories(disk_, "/device/var/lib/dpkg", 0755));
    EXPECT_TRUE(mounts_.show_baseline("usr"));
  }

  Status run(const Work& work, std::chrono::minutes later = 0min, const OnStep& on_step = {}) {
    return run_agent(disk_, publisher_, work, on_step, {}, {}, start_time() + later, {},
                     is_live_ ? &workload_ : nullptr, &mounts_);
  }
  static Status nothing(device::Agent&) { return {}; }
  void install() {
    publisher_.publish_through("a");
    const Status done = run(poll);
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_EQ(seen(), "libx.so.1.a");
  }
  /// What programs find at the link that the fix changes.
  std::string seen() { return disk_.read_link(join("/device", kLink)).value_or("nothing"); }
  /// dpkg upgrades the package: other files, and it says so.
  void upgrade(const std::string& version, const std::string& target = "libx.so.1.dpkg") {
    mounts_.leased = true;
    ASSERT_TRUE(sys::replace_symlink(disk_, target, join(kBaselineFolder, kLink + 1)));
    ASSERT_TRUE(mounts_.step_aside("usr"));
    const std::string status =
        "Package: libbox1\nStatus: install ok installed\nVersion: " + version +
        "\nArchitecture: amd64\n\n";
    ASSERT_TRUE(disk_.write("/device/var/lib/dpkg/status", as_bytes(status), 0644));
    mounts_.leased = false;
    ASSERT_TRUE(disk_.write(Layout("/device").recheck(), {}, 0644));
  }
  json::Value status() {
    const auto report = device::make_report(disk_, Layout("/device"), start_time());
    EXPECT_TRUE(report) << report.error().message();
    return report ? to_json(*report) : json::Value();
  }
  std::string state_of(const std::string& component) {
    const json::Value shown = status();
    for (const json::Value& each : shown["components"]) {
      if (each["name"] == component) return each["state"];
    }
    return "";
  }
  std::string last_event() {
    return device::Memory(disk_, Layout("/device")).history()->back().event;
  }

  Publisher publisher_;
  sys::sim::FileSystem disk_;
  FolderMounts mounts_;
  SimWorkload workload_;
  bool is_live_ = false;  ///< the system runs from here
};

}  // namespace interlude::crash
