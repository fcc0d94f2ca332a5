#pragma once

#include "improvement/manifest.hpp"

namespace interlude::improvement {

/// Reads manifest.json.zst. Decompression stops at kLargestManifest, whatever the input says.
/// Errors: Corrupt.
Result<Manifest> unpack_manifest(ByteView compressed);

}  // namespace interlude::improvement
