#pragma once

#include <random>

#include "sys/random.hpp"

namespace interlude::sys::sim {

/// The same bytes for the same seed, on every machine.
class Random final : public sys::Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  Bytes bytes(std::size_t count) override {
    Bytes drawn(count);
    for (std::uint8_t& byte : drawn) byte = static_cast<std::uint8_t>(engine_() & 0xffU);
    return drawn;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace interlude::sys::sim
