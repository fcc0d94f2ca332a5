#pragma once
// A device's place in a rollout, known to it alone.
//
// bucket = floor(u64be(HMAC-SHA256(secret, "bsi-rollout-v1\0" + id)[0..8]) · 10000 / 2^64), and a
// device is eligible iff bucket < basis points: at 0 nobody, at 10000 everybody. The improvement's
// id is hashed, too, so that the first wave is another one each time; nothing else is, so that
// signing anew moves nobody. A server never learns secret or bucket.

#include <array>
#include <cstdint>
#include <string_view>

namespace interlude::rollout {

/// A share of all devices in hundredths of a percent.
using BasisPoints = std::uint32_t;
inline constexpr BasisPoints kEverybody = 10'000;

using Secret = std::array<std::uint8_t, 32>;

/// 0 … 9999. `id` is an improvement's. Cost: one HMAC.
BasisPoints bucket(const Secret& secret, std::string_view id);

}  // namespace interlude::rollout
