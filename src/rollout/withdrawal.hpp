#pragma once
// Whether what is on here is taken back because its publisher withdrew it.
//
// An online key may have been stolen, so on its word alone nothing old comes back but within the
// window that the offline key signed, not to all devices at once, and not again and again.

#include "rollout/decide.hpp"

namespace interlude::rollout {

inline constexpr std::chrono::hours kRevertSpread{1};
inline constexpr std::chrono::hours kBetweenReverts{24};

/// What happened on the device before.
struct Past {
  std::optional<sys::Time> last_revert;  ///< on the word of an online key
  std::optional<sys::Time> last_good;    ///< when it last heard, verified, that all is well
};

struct TakeBack {
  enum class Answer {
    No,     ///< it was not withdrawn
    Kept,   ///< it was, and stays on
    Later,  ///< it goes back at `at`
    Now,
  } answer = Answer::No;
  std::string sentence;
  std::optional<sys::Time> at = {};
  bool by_online_key = false;  ///< Now: on its word alone
};

/// `on`: the improvement that is on.
TakeBack take_back(const Improvement& on, const Publisher& publisher, const Policy& policy,
                   const Device& device, const Past& past);

}  // namespace interlude::rollout
