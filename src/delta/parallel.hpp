#pragma once
// Independent pieces of work on several processors. What comes out never depends on how many.

#include <cstddef>
#include <functional>

#include "delta/delta.hpp"

namespace interlude::delta {

/// Calls `work(0)` … `work(count - 1)`, each once, on as many threads as `options` say, and reports
/// progress, one call at a time. Returns false if that asked to stop: then calls may be missing.
/// `work` must not throw.
bool for_each_index(std::size_t count, const MakeOptions& options,
                    const std::function<void(std::size_t)>& work);

/// The same options for one stretch of the work: its progress 0 … 1 is `begin` … `end` of all.
MakeOptions stretch(const MakeOptions& options, double begin, double end);

}  // namespace interlude::delta
