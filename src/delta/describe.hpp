#pragma once
// From matches to the streams of a patch.

#include <functional>
#include <span>

#include "delta/control.hpp"
#include "delta/match.hpp"
#include "delta/pack.hpp"

namespace interlude::delta {

/// What the device has of a match before differences are added; valid until the next call.
using Copied = std::function<ByteView(const Match&)>;

/// The head of a patch and its packed streams; `predictions` where the method has them. Tries
/// several shortest gaps. Errors: Cancelled; NoSpace (memory).
Result<Bytes> pack_steps(std::span<const Match> matches, const Copied& copied, ByteView fresh,
                         std::size_t files, const Predictions* predictions,
                         const MakeOptions& options);

/// The first bytes of a patch.
Bytes patch_head(Method method, std::size_t files);

}  // namespace interlude::delta
