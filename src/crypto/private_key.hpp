#pragma once
// A key pair in this process, kept as a PEM file (PKCS#8, plain or encrypted).

#include "crypto/secret.hpp"
#include "crypto/signer.hpp"

namespace interlude::crypto {

class PrivateKey final : public Signer {
 public:
  /// RSA: 3072 bits, and seconds.
  static PrivateKey generate(Scheme scheme = Scheme::Ed25519);
  /// The Ed25519 key with these 32 bytes as seed (RFC 8032).
  static Result<PrivateKey> from_seed(ByteView seed);
  /// PKCS#8 in PEM form; `ask` is called only where it is encrypted, with `what`. Errors: Corrupt
  /// (anything else, or another kind of key), Denied (wrong pass phrase), and those of `ask`.
  static Result<PrivateKey> from_pem(std::string_view pem, const AskSecret& ask,
                                     const std::string& what);

  ~PrivateKey() override;
  PrivateKey(const PrivateKey&);
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(const PrivateKey&);
  PrivateKey& operator=(PrivateKey&&) noexcept;

  /// The same key whose public half is written as in `key`. Conflict where that is another key.
  Result<PrivateKey> known_as(const PublicKey& key) const;

  /// PKCS#8, not encrypted.
  Secret pem() const;
  /// PKCS#8 under AES-256-CBC, its key from the pass phrase by scrypt (N 16384, r 8, p 5: 16 MiB
  /// and some 0.2 s for each guess).
  std::string encrypted_pem(const Secret& pass_phrase) const;

 private:
  struct Handle;
  PrivateKey(PublicKey key, std::shared_ptr<const Handle> handle);
  static Result<PrivateKey> adopt(Handle handle);
  Result<Bytes> make_signature(ByteView message) const override;

  std::shared_ptr<const Handle> handle_;
};

}  // namespace interlude::crypto
