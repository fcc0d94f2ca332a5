#pragma once
// What the targets of references became, learned from both files.

#include "delta/control.hpp"
#include "delta/pairs.hpp"

namespace interlude::delta {

/// Resolves the targets of a pair as most references to each say, looking at the new file; appends
/// what differs from the guesses.
void learn_targets(Pair& pair, ByteView fresh, ExceptionWriter& exceptions);

/// Where the pair's map leads any address of the old file: a best guess for labels.
std::uint32_t mapped(const Pair& pair, std::uint32_t address);

}  // namespace interlude::delta
