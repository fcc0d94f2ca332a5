#include "tuf/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "tuf/unparsed.hpp"

namespace interlude::tuf {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool same_ids(const std::pair<const std::string, crypto::PublicKey>& left,
              const std::pair<const std::string, crypto::PublicKey>& right) {
  return left.first == right.first;
}

}  // namespace

bool Signers::same_keys(const Signers& other) const {
  return std::ranges::equal(keys, other.keys, same_ids);
}

std::vector<std::string> Signers::ids() const {
  std::vector<std::string> all;
  for (const auto& [id, key] : keys) all.push_back(id);
  return all;
}

Result<Document> Document::parse(ByteView raw, std::string name) {
  Result<json::Value> value = json::parse(raw);
  if (!value) return std::unexpected(value.error().during(name));
  Document document(std::move(*value), std::move(name));

  const json::Reader top(document.value_, document.name_);
  const Result<json::Reader> content = top.member("signed");
  if (!content) return std::unexpected(content.error());
  const Result<json::Reader> list = top.member("signatures");
  if (!list) return std::unexpected(list.error());
  const Result<std::vector<json::Reader>> entries = list->elements();
  if (!entries) return std::unexpected(entries.error());
  for (const json::Reader& entry : *entries) {
    const Result<std::string> id = entry.text("keyid");
    if (!id) return std::unexpected(id.error());
    const Result<std::string> digits = entry.text("sig");
    if (!digits) return std::unexpected(digits.error());
    // A signature that is not one, or not yet one, does not harm those beside it.
    const Result<Bytes> signature = from_hex(*digits);
    const bool fresh = document.signatures_.emplace(*id, signature ? *signature : Bytes()).second;
    // check: signature-once
    if (!fresh) return std::unexpected(entry.error("this key signs twice"));
  }
  return document;
}

Status Document::check_signatures(const Signers& signers) const {
  return tuf::check_signatures(signatures_, as_bytes(json::canonical(value_.at("signed"))), signers,
                               name_);
}

Status check_signatures(const std::map<std::string, Bytes>& signatures, ByteView content,
                        const Signers& signers, const std::string& name) {
  std::set<Bytes> signed_by;
  std::uint64_t count = 0;
  for (const auto& [id, key] : signers.keys) {
    const auto found = signatures.find(id);
    if (found == signatures.end()) continue;
    // check: signature-valid
    if (!key.verifies(content, found->second)) continue;
    // One key may be listed under two ids, by a member that means nothing: it still is one signer.
    // check: signers-distinct
    if (!signed_by.insert(key.der()).second) continue;
    ++count;
  }
  // check: signature-threshold
  if (count < signers.threshold) {
    return fail(ErrorKind::Untrusted,
                fmt::format("{}: signed by {} of the keys trusted for it, {} must sign", name,
                            count, signers.threshold));
  }
  return {};
}

Status check_before_parsing(ByteView raw, const Signers& signers, const std::string& name) {
  const Result<Unparsed> parts = take_apart(raw, name);
  if (!parts) return std::unexpected(parts.error());
  // check: signed-before-parsed
  const Status known = check_signatures(parts->signatures, parts->content, signers, name);
  if (!known) return known;
  return {};
}

json::Reader Document::content() const {
  return {value_.at("signed"), name_};
}

Result<Verified<Root>> check_own_root(ByteView raw, const std::string& name) {
  const Result<Document> document = Document::parse(raw, name);
  if (!document) return std::unexpected(document.error());
  Result<Root> content = parse_signed<Root>(document->content());
  if (!content) return std::unexpected(content.error());
  // check: root-signed-by-itself
  const Status signatures = document->check_signatures(content->root);
  if (!signatures) return std::unexpected(signatures.error());
  return Verified<Root>(std::move(*content), raw);
}

std::string key_id_of(const json::Value& key) {
  return crypto::sha256(as_bytes(json::canonical(key))).hex();
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string file_name_of_role(std::string_view role) {
  return percent_encoded(role) + ".json";
}

}  // namespace interlude::tuf
