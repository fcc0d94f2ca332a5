#pragma once

#include "improvement/manifest.hpp"
#include "publish/contents.hpp"

namespace interlude::publish {

/// An earlier letter's build directory: its manifest, and in `contents` what its full payloads
/// hold. Errors: NotFound, Corrupt (with the file's name); Invalid unless it is an earlier letter
/// of the same source, platform and baseline as `id`.
Result<improvement::Manifest> read_earlier(sys::FileSystem& disk, const Path& directory,
                                           const improvement::Id& id, Contents& contents);

/// The manifest of a build directory.
Result<improvement::Manifest> read_manifest(sys::FileSystem& disk, const Path& directory);

}  // namespace interlude::publish
