#pragma once
// The running system as a device sees it: which processes run what, which units are active, what
// restarts. One implementation asks the kernel and the service manager (src/units); the tests bring
// a simulated one; a folder that no system runs from has none of this.

#include <map>
#include <span>
#include <string>
#include <vector>

#include "improvement/probe.hpp"
#include "running/detector.hpp"

namespace interlude::device {

/// What the service manager says of one unit.
struct UnitFacts {
  bool active = false;            ///< running, or finished and kept ("active (exited)")
  bool settled = true;            ///< not on its way from one to the other
  std::string result;             ///< "success", "core-dump", "exit-code", "start-limit-hit" …
  std::string type;               ///< of a service: "simple", "notify", "oneshot" …
  bool refuses = false;           ///< it may not be stopped by hand
  std::uint64_t restarts = 0;     ///< that its service manager made by itself

  bool failed() const { return !active && settled && result != "success" && !result.empty(); }
};

/// A changed file that new processes will load, and the one before it.
struct LoadTest {
  Path file;
  Path before;  ///< empty where there was none
};

class Workload {
 public:
  virtual ~Workload() = default;

  /// Whether programs run from what is switched here at all. Where not, nothing else is called.
  virtual bool is_live() const = 0;
  /// Whether the machine is still starting: units that are not active yet say nothing.
  virtual bool is_starting() = 0;

  virtual Result<running::Findings> look(std::span<const running::Watched> watched) = 0;
  /// Services and sockets that are active now.
  virtual Result<std::vector<std::string>> active_units() = 0;
  /// By name; a unit that nobody knows is not in it.
  virtual Result<std::map<std::string, UnitFacts>> facts(std::span<const std::string> units) = 0;
  /// Restarts a unit, or starts it, also one that failed too often, and waits until it is ready.
  /// Unavailable: the time is over.
  virtual Status restart(const std::string& unit) = 0;

  /// Loads each file in a fresh process without rights. Corrupt: one that loaded before does not.
  virtual Status try_loading(std::span<const LoadTest> tests) = 0;
  virtual Status run_probe(const improvement::Probe& probe) = 0;
  /// Asks the repository from a freshly started process. Corrupt where that cannot even start or
  /// dies; as asking a Source otherwise.
  virtual Status refresh() = 0;
  /// Makes process 1 begin anew with what is on, if a fresh one can be started.
  virtual Status renew_manager() = 0;
};

/// Of a folder that no system runs from.
class NoWorkload final : public Workload {
 public:
  bool is_live() const override { return false; }
  bool is_starting() override { return false; }
  Result<running::Findings> look(std::span<const running::Watched>) override {
    return running::Findings();
  }
  Result<std::vector<std::string>> active_units() override { return std::vector<std::string>(); }
  Result<std::map<std::string, UnitFacts>> facts(std::span<const std::string>) override {
    return std::map<std::string, UnitFacts>();
  }
  Status restart(const std::string&) override { return {}; }
  Status try_loading(std::span<const LoadTest>) override { return {}; }
  Status run_probe(const improvement::Probe&) override { return {}; }
  Status refresh() override { return {}; }
  Status renew_manager() override { return {}; }
};

}  // namespace interlude::device
