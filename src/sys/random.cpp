#include "sys/random.hpp"

#include <cstring>
#include <limits>

namespace interlude::sys {

std::uint64_t uniform(Random& random, std::uint64_t bound) {
  // Values beyond the largest multiple of `bound` would make the small remainders likelier: draw
  // again.
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t first_refused = kLargest - kLargest % bound;
  while (true) {
    std::uint64_t value = 0;
    const Bytes drawn = random.bytes(sizeof value);
    std::memcpy(&value, drawn.data(), sizeof value);
    if (value < first_refused) return value % bound;
  }
}

}  // namespace interlude::sys
