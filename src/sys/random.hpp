#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace interlude::sys {

class Random {
 public:
  virtual ~Random() = default;
  /// Cryptographically strong.
  virtual Bytes bytes(std::size_t count) = 0;
};

/// Uniform in [0, bound); `bound` > 0.
std::uint64_t uniform(Random& random, std::uint64_t bound);

}  // namespace interlude::sys
