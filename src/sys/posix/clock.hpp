#pragma once

#include "sys/clock.hpp"

namespace interlude::sys::posix {

class Clock final : public sys::Clock {
 public:
  Time now() override;
  std::chrono::nanoseconds steady() override;
};

}  // namespace interlude::sys::posix
