#pragma once
// Keys that verify. What signs is crypto/signer.hpp; devices need only this.

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace interlude::crypto {

/// How a key signs: the three that TUF 4.2.2 names.
enum class Scheme {
  Ed25519,          ///< signatures of 64 bytes
  EcdsaP256Sha256,  ///< over SHA-256, as ASN.1 DER
  RsaPssSha256,     ///< PSS with SHA-256 and MGF1-SHA-256; made with a salt of 32 bytes
};

/// TUF's name of it: "ed25519", "ecdsa-sha2-nistp256", "rsassa-pss-sha256".
std::string_view name_of(Scheme scheme);
/// Invalid, naming all three, where there is no such scheme.
Result<Scheme> scheme_named(std::string_view name);

class PublicKey {
 public:
  /// `text` is 64 lower-case hexadecimal digits for Ed25519, else a PEM SubjectPublicKeyInfo: a key
  /// on the curve P-256, or RSA of 2048 to 16384 bits. Anything else is Corrupt.
  static Result<PublicKey> parse(Scheme scheme, std::string_view text);

  ~PublicKey();
  PublicKey(const PublicKey&);
  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(const PublicKey&);
  PublicKey& operator=(PublicKey&&) noexcept;

  Scheme scheme() const;
  /// As it was parsed, byte for byte: TUF's key ids are hashes over it.
  const std::string& text() const;
  /// RSA: any salt length.
  bool verifies(ByteView message, ByteView signature) const;
  /// DER SubjectPublicKeyInfo: equal for equal keys, however they were written.
  Bytes der() const;

 private:
  struct Handle;
  explicit PublicKey(std::shared_ptr<const Handle> handle);
  std::shared_ptr<const Handle> handle_;
};

}  // namespace interlude::crypto
