#pragma once
// What callers may ask for: which worker does it, and who may.

#include <string>
#include <vector>

#include "base/path.hpp"
#include "device/report.hpp"
#include "policy/policy.hpp"

namespace interlude::bus {

struct Operation {
  std::string name;                  ///< for property Working and signal Done
  std::string action;                ///< polkit's
  std::vector<std::string> command;  ///< of the worker, without its options for every command
  Status (*forbidden)(const policy::Effective&);  ///< what policy says about it
  std::vector<std::string> arguments = {};        ///< of the command
};

Operation poll();
Operation look();  ///< only asks for news
Operation remove();
Operation set_automatic(bool on);

/// Installs everything of the newest letter, or what is named. An empty `letter` is the newest.
/// Whoever names components leaves others out, and whoever names another letter than the newest
/// keeps newer fixes away: both un-patch a device, and want the administrator. Invalid: no letter,
/// no component.
Result<Operation> install(const std::string& letter, const std::vector<std::string>& components,
                          const device::Report& report);

}  // namespace interlude::bus
