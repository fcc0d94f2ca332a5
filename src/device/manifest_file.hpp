#pragma once

#include "improvement/manifest.hpp"

namespace interlude::device {

/// Reads manifest.json.zst. Decompression stops at improvement::kLargestManifest, whatever the
/// input says. Errors: Corrupt.
Result<improvement::Manifest> unpack_manifest(ByteView compressed);

}  // namespace interlude::device
