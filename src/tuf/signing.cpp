#include "tuf/signing.hpp"

#include "base/hex.hpp"
#include "tuf/metadata.hpp"

namespace interlude::tuf {
namespace {

std::string_view key_type(crypto::Scheme scheme) {
  switch (scheme) {
    case crypto::Scheme::Ed25519:
      return "ed25519";
    case crypto::Scheme::EcdsaP256Sha256:
      return "ecdsa";
    case crypto::Scheme::RsaPssSha256:
      return "rsa";
  }
  return "";
}

}  // namespace

json::Value key_value(const crypto::PublicKey& key) {
  return {{"keytype", key_type(key.scheme())},
          {"scheme", name_of(key.scheme())},
          {"keyval", {{"public", key.text()}}}};
}

std::string key_id(const crypto::PublicKey& key) {
  return key_id_of(key_value(key));
}

Result<json::Value> signature_by(const crypto::Signer& signer, const json::Value& content) {
  const std::string id = key_id(signer);
  const Result<Bytes> signature = signer.sign(as_bytes(json::canonical(content)));
  if (!signature) return std::unexpected(signature.error().during("signing with key " + id));
  return json::Value{{"keyid", id}, {"sig", to_hex(*signature)}};
}

Bytes file_of(const json::Value& content, const json::Value& signatures) {
  // Not the canonical form: that one does not escape control characters and is no JSON then.
  const json::Value file = {{"signatures", signatures}, {"signed", content}};
  return to_bytes(json::compact(file));
}

Result<Bytes> signed_file(const json::Value& content,
                          std::span<const crypto::Signer* const> signers) {
  json::Value signatures = json::Value::array();
  for (const crypto::Signer* signer : signers) {
    Result<json::Value> signature = signature_by(*signer, content);
    if (!signature) return std::unexpected(signature.error());
    signatures.push_back(std::move(*signature));
  }
  return file_of(content, signatures);
}

}  // namespace interlude::tuf
