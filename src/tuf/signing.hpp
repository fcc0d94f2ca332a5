#pragma once
// Making metadata files: the other direction of tuf/metadata.hpp.

#include <span>

#include "crypto/signer.hpp"
#include "json/json.hpp"

namespace interlude::tuf {

inline constexpr std::string_view kSpecification = "1.0.34";

/// A key as metadata lists it.
json::Value key_value(const crypto::PublicKey& key);
/// The name it is listed under.
std::string key_id(const crypto::PublicKey& key);
inline json::Value key_value(const crypto::Signer& signer) {
  return key_value(signer.public_key());
}
inline std::string key_id(const crypto::Signer& signer) {
  return key_id(signer.public_key());
}

/// One entry of a file's "signatures": over the canonical form of `content`. Errors: those of
/// Signer::sign.
Result<json::Value> signature_by(const crypto::Signer& signer, const json::Value& content);
/// The complete file. No white space in it: every device pays for every byte.
Bytes file_of(const json::Value& content, const json::Value& signatures);
/// The complete file, signed by all of `signers`, in that order.
Result<Bytes> signed_file(const json::Value& content,
                          std::span<const crypto::Signer* const> signers);

}  // namespace interlude::tuf
