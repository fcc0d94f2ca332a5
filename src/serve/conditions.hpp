#pragma once
// The conditional and partial requests of HTTP that the server understands (RFC 9110, 13 and 14).

#include <cstdint>
#include <optional>
#include <string_view>

namespace interlude::serve {

struct Span {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  bool operator==(const Span&) const = default;
};

enum class RangeKind { Whole, Part, Unsatisfiable };

struct Range {
  RangeKind kind = RangeKind::Whole;
  Span span;  ///< what to send; empty where unsatisfiable

  bool operator==(const Range&) const = default;
};

/// What a Range header ("bytes=5-") asks for of `size` bytes. A header that is malformed, of
/// another unit or of several ranges is ignored, as the standard allows: Whole.
Range parse_range(std::string_view header, std::uint64_t size);

/// Whether an If-None-Match header names `etag` (compared weakly) or is "*".
bool names_etag(std::string_view header, std::string_view etag);

}  // namespace interlude::serve
