#pragma once
// Probes and restart rules as people write them, in TOML: a publisher beside the advisory, an
// administrator in /etc/interlude/probes.d. docs/formats/probes.md.

#include <string>
#include <string_view>
#include <vector>

#include "improvement/manifest.hpp"

namespace interlude::probes {

struct ProbeOf {
  std::string component;  ///< empty: of the only one; an administrator's are of none
  improvement::Probe probe;
};

struct RulesOf {
  std::string component;
  improvement::RestartRules rules;
};

struct ProbeFile {
  std::vector<ProbeOf> probes;
  std::vector<RulesOf> restarts;
};

enum class By {
  Publisher,
  Administrator,  ///< probes alone, and of no component
};

/// `file` is the name that errors show. Invalid, with file, line and key.
Result<ProbeFile> parse_probe_file(std::string_view text, const std::string& file, By by);

}  // namespace interlude::probes
