#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace interlude::sys::curl {

/// Where the body of an answer to a range request starts: the first number of "bytes 5-9/10", or,
/// of "bytes */10" (nothing there), the last. Nothing for any other text. RFC 9110, 14.4.
std::optional<std::uint64_t> start_of_content(std::string_view content_range);

}  // namespace interlude::sys::curl
