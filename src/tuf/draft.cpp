#include "tuf/draft.hpp"

#include <fmt/format.h>

#include <set>

#include "base/hex.hpp"
#include "tuf/signing.hpp"

namespace interlude::tuf {

Result<Draft> Draft::parse(ByteView raw, const std::string& name) {
  const Result<json::Value> value = json::parse(raw);
  if (!value) return std::unexpected(value.error().during(name));
  const json::Reader top(*value, name);
  const Result<json::Reader> content = top.member("signed");
  if (!content) return std::unexpected(content.error());
  for (const char* member : {"_type", "expires"}) {
    const Result<std::string> text = content->text(member);
    if (!text) return std::unexpected(text.error());
  }
  const Result<std::uint64_t> version = content->number("version");
  if (!version) return std::unexpected(version.error());
  const Result<std::vector<json::Reader>> list = top.optional_elements("signatures");
  if (!list) return std::unexpected(list.error());

  Draft draft(content->value());
  for (const json::Reader& entry : *list) {
    Result<std::string> id = entry.text("keyid");
    if (!id) return std::unexpected(id.error());
    const Result<std::string> digits = entry.text("sig");
    if (!digits) return std::unexpected(digits.error());
    Result<Bytes> signature = from_hex(*digits);
    if (!signature) return std::unexpected(entry.error(signature.error().message()));
    if (draft.signature_of(*id) != nullptr) {
      return std::unexpected(entry.error("a second signature by the same key"));
    }
    draft.signatures_.emplace_back(std::move(*id), std::move(*signature));
  }
  return draft;
}

const Bytes* Draft::signature_of(const std::string& id) const {
  for (const auto& [signer, signature] : signatures_) {
    if (signer == id) return &signature;
  }
  return nullptr;
}

bool Draft::verifies(const std::string& id, const crypto::PublicKey& key) const {
  const Bytes* signature = signature_of(id);
  return signature != nullptr && key.verifies(as_bytes(json::canonical(content_)), *signature);
}

std::vector<std::string> Draft::signed_ids(const Signers& signers) const {
  std::vector<std::string> all;
  for (const auto& [id, key] : signers.keys) {
    if (verifies(id, key)) all.push_back(id);
  }
  return all;
}

std::uint64_t Draft::signed_by(const Signers& signers) const {
  // One key may be listed under two ids: it still is one signer.
  std::set<Bytes> distinct;
  for (const std::string& id : signed_ids(signers)) distinct.insert(signers.keys.at(id).der());
  return distinct.size();
}

Status Draft::sign(const Signers& signers, KeyRing& ring) {
  const std::string text = json::canonical(content_);
  for (const auto& [id, key] : signers.keys) {
    if (satisfies(signers)) return {};
    if (verifies(id, key) || !ring.has(id)) continue;
    const Result<const crypto::Signer*> signer = ring.signer(id);
    if (!signer) return std::unexpected(signer.error());
    Result<Bytes> signature = (*signer)->sign(as_bytes(text));
    if (!signature) return std::unexpected(signature.error());
    std::erase_if(signatures_, [&](const auto& entry) { return entry.first == id; });
    signatures_.emplace_back(id, std::move(*signature));
  }
  return {};
}

Result<std::vector<std::string>> Draft::take(const Draft& other, const Signers& signers,
                                             const std::string& name) {
  if (json::canonical(other.content_) != json::canonical(content_)) {
    return fail(ErrorKind::Conflict,
                name + " is not what is staged here; export what is to be signed again");
  }
  std::vector<std::string> taken;
  for (const auto& [id, key] : signers.keys) {
    const Bytes* signature = other.signature_of(id);
    if (signature == nullptr || verifies(id, key)) continue;
    if (!other.verifies(id, key)) {
      return fail(ErrorKind::Untrusted,
                  fmt::format("{}: the signature by the key {} does not verify", name, id));
    }
    std::erase_if(signatures_, [&](const auto& entry) { return entry.first == id; });
    signatures_.emplace_back(id, *signature);
    taken.push_back(id);
  }
  return taken;
}

Bytes Draft::raw() const {
  json::Value signatures = json::Value::array();
  for (const auto& [id, signature] : signatures_) {
    signatures.push_back({{"keyid", id}, {"sig", to_hex(signature)}});
  }
  return file_of(content_, signatures);
}

}  // namespace interlude::tuf
