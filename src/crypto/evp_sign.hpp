#pragma once
// For this folder's own files.

#include <optional>

#include "crypto/openssl.hpp"

namespace interlude::crypto {

/// A signature by `key`, wherever OpenSSL keeps its private half. Nothing where OpenSSL failed; its
/// error queue says why, and is the caller's to clear.
std::optional<Bytes> evp_sign(EVP_PKEY* key, Scheme scheme, ByteView message);

}  // namespace interlude::crypto
