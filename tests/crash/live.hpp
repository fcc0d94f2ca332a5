#pragma once
// A device that a simulated system runs from.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/report.hpp"
#include "fixture.hpp"
#include "sim_workload.hpp"

namespace interlude::crash {

using namespace std::chrono_literals;
using improvement::Apply;
using improvement::Probe;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

inline constexpr const char* kTool = "usr/bin/tool";

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

}  // namespace interlude::crash
