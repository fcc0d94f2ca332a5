#include "rollout/policy.hpp"

#include <algorithm>

namespace interlude::rollout {

bool names(const std::vector<std::string>& names, const std::string& id,
           const std::string& letter) {
  return std::ranges::any_of(
      names, [&](const std::string& each) { return each == "*" || each == id || each == letter; });
}

std::string_view name_of(Automatic automatic) {
  switch (automatic) {
    case Automatic::Allowed:
      return "allowed";
    case Automatic::AlwaysOn:
      return "always-on";
    case Automatic::AlwaysOff:
      return "always-off";
  }
  return "allowed";
}

Result<Automatic> parse_automatic(std::string_view name) {
  for (const Automatic each : {Automatic::Allowed, Automatic::AlwaysOn, Automatic::AlwaysOff}) {
    if (name == name_of(each)) return each;
  }
  return fail(ErrorKind::Invalid, "expected \"allowed\", \"always-on\" or \"always-off\"");
}

}  // namespace interlude::rollout
