#pragma once

namespace interlude::device {

/// Several lambdas as one function object, for std::visit.
template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace interlude::device
