#include "tuf/signing.hpp"

#include "base/hex.hpp"
#include "tuf/metadata.hpp"

namespace interlude::tuf {

json::Value key_value(const crypto::PrivateKey& key) {
  return {{"keytype", "ed25519"},
          {"scheme", "ed25519"},
          {"keyval", {{"public", to_hex(key.public_bytes())}}}};
}

std::string key_id(const crypto::PrivateKey& key) {
  return key_id_of(key_value(key));
}

Bytes signed_file(const json::Value& content, std::span<const crypto::PrivateKey> keys) {
  const std::string text = json::canonical(content);
  json::Value signatures = json::Value::array();
  for (const crypto::PrivateKey& key : keys) {
    signatures.push_back({{"keyid", key_id(key)}, {"sig", to_hex(key.sign(as_bytes(text)))}});
  }
  // Not the canonical form: that one does not escape control characters and is no JSON then.
  const json::Value file = {{"signatures", std::move(signatures)}, {"signed", content}};
  return to_bytes(file.dump(-1, ' ', false, json::Value::error_handler_t::replace));
}

}  // namespace interlude::tuf
