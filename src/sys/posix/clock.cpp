#include "sys/posix/clock.hpp"

namespace interlude::sys::posix {

Time Clock::now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::chrono::nanoseconds Clock::steady() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace interlude::sys::posix
