#pragma once
// Independent pieces of work on several processors. What comes out never depends on how many.

#include <cstddef>
#include <functional>

namespace interlude::delta {

/// Calls `work(0)` … `work(count - 1)`, each once, on `threads` threads (0: one per processor).
/// `work` must not throw; it returns false to stop what has not begun yet.
/// Returns false if any call did.
bool for_each_index(std::size_t count, unsigned threads,
                    const std::function<bool(std::size_t)>& work);

}  // namespace interlude::delta
