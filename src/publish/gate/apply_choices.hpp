#pragma once
// What a person says about when components may switch, against what the gate proposes.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "improvement/manifest.hpp"

namespace interlude::publish {

struct ApplyChoices {
  std::optional<improvement::Apply> others = {};                ///< of components not named
  std::map<std::string, improvement::Apply> by_component = {};  ///< goes before it

  /// Adds "MODE" (of all that are not named) or "COMPONENT=MODE". Invalid: no such mode, or a
  /// second one for the same.
  Status add(std::string_view text);
  improvement::Apply of(const std::string& component, improvement::Apply proposed) const;
};

}  // namespace interlude::publish
