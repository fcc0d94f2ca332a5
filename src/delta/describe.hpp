#pragma once
// From matches to the streams of a patch.

#include <functional>
#include <span>

#include "delta/control.hpp"
#include "delta/match.hpp"
#include "delta/pack.hpp"

namespace interlude::delta {

/// The streams of a patch that takes steps.
struct Description {
  Control control;
  Bytes differences;
  Bytes fresh;
};

/// What the device has of a match before differences are added; valid until the next call.
using Copied = std::function<ByteView(const Match&)>;

/// Gaps between differences shorter than `shortest_gap` are written as equal bytes within a run.
Description describe(std::span<const Match> matches, const Copied& copied, ByteView fresh,
                     std::uint64_t shortest_gap);

/// The head of a patch and its packed streams; `predictions` where the method has them. Tries
/// several shortest gaps. Errors: Cancelled; NoSpace (memory).
Result<Bytes> pack_steps(std::span<const Match> matches, const Copied& copied, ByteView fresh,
                         std::size_t files, const Predictions* predictions,
                         const MakeOptions& options);

/// The first bytes of a patch.
Bytes patch_head(Method method, std::size_t files);

}  // namespace interlude::delta
