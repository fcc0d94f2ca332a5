#pragma once
// Applying the two methods that take steps over the old files.

#include "delta/control.hpp"
#include "delta/output.hpp"

namespace interlude::delta {

/// `patch` stands behind the number of files. Everything that can be checked is checked before the
/// first byte is produced: sizes of all streams, every place and every length.
Status apply_steps(Method method, ByteReader patch, std::span<const ByteView> old,
                   std::span<const std::uint64_t> sizes, const Limits& limits,
                   const OutputSink& sink);

}  // namespace interlude::delta
