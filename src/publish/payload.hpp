#pragma once

#include <functional>
#include <span>

#include "improvement/manifest.hpp"
#include "publish/contents.hpp"

namespace interlude::publish {

/// Called now and then with the share done, 0 … 1. Returning false interrupts (Cancelled).
using Progress = std::function<bool(double done)>;

/// The payload that rebuilds `component`'s new content from `references`
/// (improvement::references). It is applied once and every file's digest compared before it is
/// returned. Errors: NotFound where a content is missing; Cancelled; those of delta::make.
Result<Bytes> make_payload(const improvement::Component& component,
                           std::span<const improvement::Reference> references,
                           const Contents& contents, const Progress& progress);

/// What `component`'s full payload holds: the content of each of its rebuilt_files(), by digest.
/// Corrupt where the payload is not what the manifest says.
Status unpack_full_payload(const improvement::Component& component, ByteView payload,
                           Contents& contents);

}  // namespace interlude::publish
