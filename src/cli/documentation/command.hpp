#pragma once

#include "cli/command.hpp"

namespace interlude::cli {

/// The hidden `interlude documentation OUT`: manual pages and completions, for packages.
void define_documentation(CLI::App& app, Invocation& run);

}  // namespace interlude::cli
