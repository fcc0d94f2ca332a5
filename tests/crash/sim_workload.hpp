#pragma once
// A running system in memory: processes that loaded files when they started, and units that they
// belong to. What a unit makes of new files, a test decides.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "device/workload.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::crash {

/// A unit that is not active any more.
inline device::UnitFacts down(const std::string& result) {
  device::UnitFacts facts;
  facts.result = result;
  return facts;
}

class SimWorkload final : public device::Workload {
 public:
  struct Program {
    int pid = 0;
    std::string name;
    std::string unit;
    bool of_person = false;
    std::vector<Path> maps;                      ///< below the tree
    std::map<Path, crypto::Sha256> loaded = {};  ///< with which content
  };

  /// `disk` is borrowed.
  explicit SimWorkload(sys::sim::FileSystem& disk) : disk_(&disk) {}

  /// A program that starts now; its unit is active.
  void start(Program program);
  /// The machine starts anew: everything loads what is on now.
  void reboot();
  void end(int pid);

  // What a test decides.
  std::set<std::string> fail_on_new;  ///< units that fail with anything but the baseline
  std::set<std::string> fail_once;    ///< units that fail the next time they start
  bool new_files_load = true;         ///< in fresh processes
  Status fresh_refresh;               ///< what a freshly started process gets from the repository
  std::set<std::string> passing{"box/probe", "core/probe"};
  std::map<std::string, device::UnitFacts> units;
  bool starting = false;

  std::vector<std::string> restarted;  ///< in order, revived ones, too
  int renewed = 0;

  bool is_live() const override { return true; }
  bool is_starting() override { return starting; }
  Result<running::Findings> look(std::span<const running::Watched> watched) override;
  Result<std::vector<std::string>> active_units() override;
  Result<std::map<std::string, device::UnitFacts>> facts(
      std::span<const std::string> names) override;
  Status restart(const std::string& unit) override;
  Status try_loading(std::span<const device::LoadTest> tests) override;
  Status run_probe(const improvement::Probe& probe) override;
  Status refresh() override { return on_baseline() ? Status() : fresh_refresh; }
  Status renew_manager() override;

 private:
  bool on_baseline();
  void load(Program& program);

  sys::sim::FileSystem* disk_;
  std::vector<Program> programs_;
};

}  // namespace interlude::crash
