#pragma once

#include "sys/clock.hpp"

namespace interlude::sys::sim {

/// Stands still until told otherwise.
class Clock final : public sys::Clock {
 public:
  explicit Clock(Time start) : now_(start) {}

  Time now() override { return now_; }
  std::chrono::nanoseconds steady() override { return steady_; }

  /// Time passes.
  void advance(std::chrono::seconds time) {
    now_ += time;
    steady_ += time;
  }
  /// Somebody sets the wall clock, forwards or backwards.
  void set(Time time) { now_ = time; }

 private:
  Time now_;
  std::chrono::nanoseconds steady_{0};
};

}  // namespace interlude::sys::sim
