#pragma once

#include "device/state.hpp"

namespace interlude::device {

/// The step that `event` makes from a resting state. Internal where work is under way: recovery
/// comes before everything else.
template <class Event>
auto from_rest(const State& state, const Event& event) -> Result<decltype(next(Idle{}, event))> {
  using Next = decltype(next(Idle{}, event));
  return std::visit(
      [&]<class S>(const S& now) -> Result<Next> {
        if constexpr (Resting<S>) {
          return next(now, event);
        } else {
          return fail(ErrorKind::Internal,
                      "work is under way: " + std::string(name_of(State(now))));
        }
      },
      state);
}

}  // namespace interlude::device
