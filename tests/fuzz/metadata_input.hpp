#pragma once
// What the targets for the four kinds of TUF metadata have in common.
//
// A key's id is its hash, so nearly every mutation of a key would end at that check. Therefore each
// input is read twice: as it is, and with ids that fit its keys. Signatures are not verified here,
// which makes these targets fast; tuf_client_fuzz.cpp is about them.

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "tuf/metadata.hpp"
#include "tuf/unparsed.hpp"

namespace interlude::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// What is signed must not change by being read and written.
inline void check_round_trip(const json::Value& value) {
  const std::string text = json::canonical(value);
  const Result<json::Value> again = json::parse(as_bytes(text));
  // Control characters stand raw in the canonical form, which then is no JSON.
  if (again) require(*again == value && json::canonical(*again) == text);
}

/// Replaces every text that stands in `names`.
inline void rename(json::Value& value, const std::map<std::string, std::string>& names) {
  if (value.is_string()) {
    const auto found = names.find(value.get_ref<const std::string&>());
    if (found != names.end()) value = found->second;
  } else if (value.is_structured()) {
    for (json::Value& inner : value) rename(inner, names);
  }
}

/// Names the keys in `owner`, a root or a list's delegations, by their hashes. False where nothing
/// had to be changed.
inline bool mend_key_ids(json::Value& owner) {
  const auto listed = owner.find("keys");
  if (listed == owner.end() || !listed->is_object()) return false;
  std::map<std::string, std::string> names;
  json::Value keys = json::Value::object();
  for (const auto& [id, key] : listed->items()) {
    const std::string fitting = tuf::key_id_of(key);
    if (fitting != id) names.emplace(id, fitting);
    keys[fitting] = key;
  }
  if (names.empty()) return false;
  *listed = std::move(keys);
  for (const char* users : {"roles", "succinct_roles"}) {
    if (owner.contains(users)) rename(owner[users], names);
  }
  return true;
}

/// Reads `raw` as a T, as it is and with mended keys; `use` gets each T that comes of it.
template <class T, class Use>
void read_metadata(ByteView raw, Use use) {
  (void)tuf::take_apart(raw, "fuzz.json");  // whatever the bytes are
  const Result<tuf::Document> document = tuf::Document::parse(raw, "fuzz.json");
  if (!document) return;
  const json::Value& content = document->content().value();
  check_round_trip(content);
  const Result<T> read = tuf::parse_signed<T>(document->content());
  if (read) use(*read);

  if (!content.is_object()) return;
  json::Value mended = content;
  const auto delegations = mended.find("delegations");
  if (!mend_key_ids(delegations == mended.end() ? mended : *delegations)) return;
  const Result<T> second = tuf::parse_signed<T>(json::Reader(mended, "fuzz.json"));
  if (second) use(*second);
}

inline void check_common(std::uint64_t version, sys::Time expires) {
  require(version >= 1);
  require(*sys::parse_time(sys::to_text(expires)) == expires);
}

inline void check_signers(const tuf::Signers& signers) {
  require(signers.threshold >= 1);
  for (const auto& [id, key] : signers.keys) require(id.size() == 64 && !key.der().empty());
}

inline void check_hashes(const std::map<std::string, std::string>& hashes) {
  for (const auto& [algorithm, digits] : hashes) require(!digits.empty() && digits.size() % 2 == 0);
}

}  // namespace interlude::fuzz
