#pragma once

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace interlude {

/// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);
/// Accepts lower case only, an even number of digits; anything else is Corrupt.
Result<Bytes> from_hex(std::string_view digits);

}  // namespace interlude
