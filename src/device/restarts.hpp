#pragma once
// Which units restart when files change under them, which may not, and who is told instead. Pure.

#include <map>
#include <string>
#include <vector>

#include "device/workload.hpp"
#include "improvement/manifest.hpp"

namespace interlude::device {

/// The administrator's part of it: patterns of units.
struct RestartPolicy {
  std::vector<std::string> never;
  std::vector<std::string> allowed;  ///< also where this device would leave them running

  bool operator==(const RestartPolicy&) const = default;
};

struct LeftRunning {
  std::string unit;
  std::string why;  ///< for a person

  bool operator==(const LeftRunning&) const = default;
};

struct RestartPlan {
  std::vector<std::string> restart;
  std::vector<LeftRunning> left;       ///< until they restart by themselves
  std::vector<running::Process> told;  ///< people's programs, and what belongs to no service
  bool manager = false;                ///< process 1 itself runs old code
};

/// Whether `unit` matches one of `patterns` ("*" and "?").
bool matches(const std::vector<std::string>& patterns, const std::string& unit);

/// The units that `processes` belong to, by name, each once; services alone.
std::vector<std::string> services_of(std::span<const running::Process> processes);

/// `processes` are those that run old code; `rules` those of the components that changed; `facts`
/// of all services_of() and of the rules' units, as far as they are known.
RestartPlan plan_restarts(std::span<const running::Process> processes,
                          const std::vector<improvement::RestartRules>& rules,
                          const RestartPolicy& policy,
                          const std::map<std::string, UnitFacts>& facts);

/// Why this device never restarts `unit` by itself; empty where it may.
std::string never_restarted(const std::string& unit);

}  // namespace interlude::device
