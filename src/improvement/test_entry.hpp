#pragma once
// For the tests of this folder.

#include <cstdint>
#include <string_view>

#include "crypto/digest.hpp"
#include "improvement/entry.hpp"

namespace interlude::improvement {

/// A regular file of root's.
inline Entry file_of(std::string_view content, std::uint32_t mode = 0644) {
  Entry entry;
  entry.mode = mode;
  entry.size = content.size();
  entry.digest = crypto::sha256(as_bytes(content));
  return entry;
}

}  // namespace interlude::improvement
