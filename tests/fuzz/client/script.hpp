#pragma once
// An input, read as decisions. Past its end every decision is 0.

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace interlude::fuzz {

class Script {
 public:
  explicit Script(ByteView bytes) : bytes_(bytes) {}

  bool over() const { return at_ >= bytes_.size(); }
  /// In [0, bound).
  std::size_t choose(std::size_t bound) { return over() ? 0 : bytes_[at_++] % bound; }
  /// In [0, bound), for bounds beyond a byte's.
  std::size_t choose_far(std::size_t bound) {
    const std::size_t high = choose(256);
    return (high * 256 + choose(256)) % bound;
  }
  /// At most `most` bytes of the input as they are.
  ByteView take(std::size_t most) {
    const std::size_t count = over() ? 0 : std::min(most, bytes_.size() - at_);
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
};

}  // namespace interlude::fuzz
