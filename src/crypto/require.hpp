#pragma once
// For this folder's own files.

#include <cstdlib>

namespace interlude::crypto {

/// Ends the program where OpenSSL did not do what fails only for lack of memory, such as hashing
/// memory: there is nothing a caller could do.
inline void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace interlude::crypto
