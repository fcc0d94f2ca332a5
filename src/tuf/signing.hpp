#pragma once
// Making metadata files: the other direction of tuf/metadata.hpp.

#include <span>

#include "crypto/key.hpp"
#include "json/json.hpp"

namespace interlude::tuf {

inline constexpr std::string_view kSpecification = "1.0.34";

/// A key as metadata lists it.
json::Value key_value(const crypto::PrivateKey& key);
/// The name it is listed under.
std::string key_id(const crypto::PrivateKey& key);

/// The complete file: `content` as its signed part, and a signature by each of `keys`. No white
/// space in it: every device pays for every byte.
Bytes signed_file(const json::Value& content, std::span<const crypto::PrivateKey> keys);

}  // namespace interlude::tuf
