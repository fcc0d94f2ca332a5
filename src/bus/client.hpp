#pragma once
// What `interlude` does where it may not change the device itself: asks the device's service on the
// system bus, shows how far that is, and gives its error back as if it were its own.

#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace interlude::bus {

struct Call {
  enum class Method { Poll, Check, Install, Remove, SetAutomatic, GetStatus };
  Method method = Method::GetStatus;
  std::string letter = {};                   ///< Install; empty: the newest
  std::vector<std::string> components = {};  ///< Install; empty: all
  bool automatic = true;                     ///< SetAutomatic
};

/// Called with each progress of the device's work and, with an empty `what`, before each wait.
/// False: wait no longer.
using Watch = std::function<bool(const std::string& what, double share)>;

/// Waits until it is done, however long somebody takes to authenticate. Gives the answer's text,
/// empty where the method has none. Errors: the service's own; Denied (there is no service, or this
/// program was built without D-Bus); Cancelled (by `watch`; the work goes on).
Result<std::string> ask(const Call& call, const Watch& watch);

}  // namespace interlude::bus
