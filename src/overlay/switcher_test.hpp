#pragma once
// A device for tests of the switcher: a disk that breaks where it is told to, and mounts that
// forget everything when the machine starts anew.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "overlay/boot_file.hpp"
#include "overlay/facts.hpp"
#include "overlay/switcher.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::overlay {

inline const Path kLibraries = "usr/lib/x";
inline const Path kPrograms = "usr/bin";

/// Mounts as values. A call can be made to fail.
class SimMounts final : public Mounts {
 public:
  Result<std::unique_ptr<Hold>> hold() override { return std::make_unique<Hold>(); }
  Status check_unleased() override {
    return leased ? fail(ErrorKind::Conflict, "dpkg is at work") : Status();
  }
  bool is_off() override { return off; }
  std::string boot_id() override { return boot; }
  Result<Path> pin() override { return Path("/"); }
  Result<std::vector<Path>> wholes() override { return whole; }
  Result<std::vector<Path>> hierarchies() override {
    std::vector<Path> names;
    for (const auto& [name, id] : shown_) names.push_back(name);
    return names;
  }
  Result<std::string> shown(const Path& hierarchy) override {
    const auto found = shown_.find(hierarchy);
    return found == shown_.end() ? "" : found->second;
  }
  Status check(const Path&, const std::string&) override {
    return masked ? fail(ErrorKind::Conflict, "masked") : Status();
  }
  Status show(const Path& hierarchy, const std::string& id, const Path&) override {
    return set(hierarchy, id);
  }
  Status show_baseline(const Path& hierarchy) override { return set(hierarchy, ""); }
  Status step_aside(const Path& hierarchy) override {
    shown_.erase(hierarchy);
    return {};
  }
  Result<std::set<std::string>> in_use() override { return std::set<std::string>(); }

  void restart() {
    shown_.clear();
    log.clear();
    fail_at = 0;
  }
  std::string seen(const Path& hierarchy) { return *shown(hierarchy); }

  bool off = false;
  std::vector<Path> whole;
  std::string boot;
  bool leased = false;
  bool masked = false;
  int fail_at = 0;  ///< the n-th change from now on fails; 0: none
  std::vector<std::string> log;

 private:
  Status set(const Path& hierarchy, const std::string& id) {
    if (fail_at > 0 && --fail_at == 0) return fail(ErrorKind::Internal, "made to fail");
    shown_[hierarchy] = id;
    log.push_back(hierarchy + "=" + id);
    return {};
  }

  std::map<Path, std::string> shown_;
};

class SwitcherTest : public testing::Test {
 protected:
  SwitcherTest() {
    for (const char* id : {"a", "b"}) {
      for (const Path& hierarchy : {kLibraries, kPrograms}) {
        const Path layer = layer_in(layout_.generation(id), hierarchy);
        EXPECT_TRUE(sys::make_directories(disk_, layer, 0755));
      }
      EXPECT_TRUE(write_view(disk_, layout_.generation(id), {id, {kLibraries, kPrograms}}));
    }
    EXPECT_TRUE(sys::make_directories(disk_, layout_.generation(kBaseline), 0755));
    EXPECT_TRUE(sys::make_directories(disk_, "/usr/bin", 0755));
    EXPECT_TRUE(sys::replace_symlink(disk_, "generations/baseline", layout_.active()));
    EXPECT_TRUE(disk_.sync_tree("/"));
  }

  Switcher switcher() { return {disk_, mounts_, layout_}; }
  std::string on() { return switcher().current().value_or("?"); }
  /// What both directories show; "mixed" if they do not agree.
  std::string seen() {
    const std::string lib = mounts_.seen(kLibraries);
    return lib == mounts_.seen(kPrograms) ? lib : "mixed";
  }
  void restart(sys::sim::Survivors survivors = sys::sim::Survivors::OnlySynced) {
    disk_.restart(survivors);
    mounts_.restart();
  }
  /// For the next boot, by an agent that has looked.
  void let_wait(const std::string& id) {
    ASSERT_TRUE(keep_facts(disk_, layout_, id, take_facts(disk_, "/", {"usr/bin/tool"})));
    ASSERT_TRUE(sys::replace_symlink(disk_, "generations/" + id, layout_.pending()));
  }
  void boot() {
    restart();
    ASSERT_TRUE(switcher().arm());
  }

  sys::sim::FileSystem disk_;
  SimMounts mounts_;
  Layout layout_{"/"};
};

}  // namespace interlude::overlay
