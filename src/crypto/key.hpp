#pragma once
// Signing keys. Ed25519 is what we make; ECDSA over P-256 and RSA-PSS are verified, too, because
// other publishers' metadata is signed with them.

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace interlude::crypto {

class PublicKey {
 public:
  /// 32 raw bytes.
  static Result<PublicKey> ed25519(ByteView raw);
  /// PEM SubjectPublicKeyInfo on the curve P-256; signatures are DER over SHA-256.
  static Result<PublicKey> ecdsa_p256(std::string_view pem);
  /// PEM SubjectPublicKeyInfo of at least 2048 and at most 16384 bits; signatures are PSS with
  /// SHA-256 and MGF1-SHA-256, any salt length.
  static Result<PublicKey> rsa_pss(std::string_view pem);

  ~PublicKey();
  PublicKey(const PublicKey&);
  PublicKey(PublicKey&&) noexcept;
  PublicKey& operator=(const PublicKey&);
  PublicKey& operator=(PublicKey&&) noexcept;

  bool verifies(ByteView message, ByteView signature) const;
  /// DER SubjectPublicKeyInfo: equal for equal keys, however they were written.
  Bytes der() const;

 private:
  struct Handle;
  explicit PublicKey(std::shared_ptr<const Handle> handle);
  std::shared_ptr<const Handle> handle_;
};

/// An Ed25519 key pair.
class PrivateKey {
 public:
  static PrivateKey generate();
  /// The private key with these 32 bytes as seed (RFC 8032).
  static Result<PrivateKey> from_seed(ByteView seed);
  /// PEM PKCS#8, not encrypted. Corrupt if it is anything else than one Ed25519 private key.
  static Result<PrivateKey> from_pem(std::string_view pem);

  ~PrivateKey();
  PrivateKey(const PrivateKey&);
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(const PrivateKey&);
  PrivateKey& operator=(PrivateKey&&) noexcept;

  std::string pem() const;
  /// 32 bytes.
  Bytes public_bytes() const;
  /// 64 bytes; deterministic.
  Bytes sign(ByteView message) const;

 private:
  struct Handle;
  explicit PrivateKey(std::shared_ptr<const Handle> handle);
  std::shared_ptr<const Handle> handle_;
};

}  // namespace interlude::crypto
