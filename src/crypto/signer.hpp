#pragma once
// Whoever can sign with a key: a file, a token, a program of the publisher's. Who asks for a
// signature does not learn which, and never sees the private half.

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace interlude::crypto {

/// What TUF 4.2.2 names.
enum class Scheme { Ed25519, EcdsaP256Sha256, RsaPssSha256 };

class Signer {
 public:
  virtual ~Signer() = default;

  virtual Scheme scheme() const = 0;
  /// Ed25519: the 32 raw bytes as 64 hexadecimal digits. Else PEM SubjectPublicKeyInfo, with its
  /// final newline.
  virtual const std::string& public_text() const = 0;
  /// Ed25519: 64 bytes. ECDSA: DER over SHA-256. RSA: PSS with SHA-256, MGF1-SHA-256 and a salt of
  /// 32 bytes. Errors: Denied (wrong PIN or pass phrase), Unavailable (the token or program is not
  /// there, or fails).
  virtual Result<Bytes> sign(ByteView message) = 0;
};

}  // namespace interlude::crypto
