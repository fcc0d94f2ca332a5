#pragma once
// Making a patch whose reader predicts: see prediction.hpp.
//
// Matching looks at programs as the device will see them. At first every reference is masked, so
// that code which only moved looks the same. From the copies that gives, the targets are learned;
// then both sides are labelled with where their references lead, which tells apart what looked
// alike, and matched again.

#include <optional>
#include <span>

#include "delta/delta.hpp"

namespace interlude::delta {

/// Both sides, as files and as one; and the twins (match.hpp).
struct Input {
  std::span<const ByteView> old;
  ByteView all_old;
  std::span<const ByteView> fresh;
  ByteView all_fresh;
  std::span<const std::optional<std::size_t>> twins;
};

/// A patch by prediction; nothing where no new file is a program that has no twin.
/// Errors: Cancelled; NoSpace (memory).
Result<std::optional<Bytes>> make_predicted(const Input& input, const MakeOptions& options);

}  // namespace interlude::delta
