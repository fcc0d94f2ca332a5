#pragma once

#include "sys/random.hpp"

namespace interlude::sys::posix {

/// The kernel's generator. Ends the process where the kernel has none: no secret may be guessable.
class Random final : public sys::Random {
 public:
  Bytes bytes(std::size_t count) override;
};

}  // namespace interlude::sys::posix
