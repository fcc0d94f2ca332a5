#pragma once
// Metadata on its way to being signed: its content is final, its signatures are gathered, perhaps
// on several machines. A draft is what a file in `staged/` holds, and has the form of any metadata
// file; it becomes public only when everybody who must has signed.

#include <string>
#include <utility>
#include <vector>

#include "json/json.hpp"
#include "tuf/key_ring.hpp"
#include "tuf/metadata.hpp"

namespace interlude::tuf {

class Draft {
 public:
  /// Not signed yet. `content` is the signed part, of a form that is_portable() let pass.
  explicit Draft(json::Value content) : content_(std::move(content)) {}
  /// A metadata file, whoever signed it. `name` is the file's in errors (Corrupt).
  static Result<Draft> parse(ByteView raw, const std::string& name);

  const json::Value& content() const { return content_; }
  std::uint64_t version() const { return content_.at("version").get<std::uint64_t>(); }
  std::string expires() const { return content_.at("expires").get<std::string>(); }

  /// How many different keys of `signers` have signed.
  std::uint64_t signed_by(const Signers& signers) const;
  bool satisfies(const Signers& signers) const { return signed_by(signers) >= signers.threshold; }
  /// Ids of those of `signers` whose signature is here and right.
  std::vector<std::string> signed_ids(const Signers& signers) const;

  /// Signs with keys of `ring` until `signers` are satisfied or it has no more of theirs: each
  /// device pays for every signature. Errors: those of KeyRing::signer and Signer::sign.
  Status sign(const Signers& signers, KeyRing& ring);
  /// Takes over the signatures of `other` by keys of `signers`; says by which, new ones only.
  /// Conflict where it has other content, Untrusted where such a signature does not verify.
  Result<std::vector<std::string>> take(const Draft& other, const Signers& signers,
                                        const std::string& name);

  /// The file.
  Bytes raw() const;

 private:
  bool verifies(const std::string& id, const crypto::PublicKey& key) const;
  const Bytes* signature_of(const std::string& id) const;

  json::Value content_;
  std::vector<std::pair<std::string, Bytes>> signatures_;  ///< by key id, in the order of signing
};

}  // namespace interlude::tuf
