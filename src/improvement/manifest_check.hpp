#pragma once

#include "improvement/manifest.hpp"

namespace interlude::improvement {

/// What must hold between the parts of a manifest whose members are each well formed: names and
/// paths once, nothing below a file, payloads that fit the files, advisories for components that
/// exist. Errors: Corrupt, with the place (`manifest.json: components[0].payloads: …`).
Status check_consistency(const Manifest& manifest);

}  // namespace interlude::improvement
