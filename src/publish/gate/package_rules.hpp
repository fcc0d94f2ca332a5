#pragma once

#include "publish/components.hpp"
#include "publish/gate/finding.hpp"

namespace interlude::publish {

/// What packages bring beside the files of an improvement, and devices do not get: maintainer
/// scripts, triggers, configuration, dependencies. What the baseline has is known from its packages
/// or from a folder's dpkg database. Errors: those of reading.
Status judge_packages(const Sides& sides, const Comparison& comparison,
                      const std::vector<Part>& parts, Findings& findings);

}  // namespace interlude::publish
