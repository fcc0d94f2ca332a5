#pragma once
// Whoever can sign with a key: a file, a token, a program of the publisher's. Who asks for a
// signature does not learn which, and never sees the private half.
//
// Whatever made it, a signature leaves here only after it was checked against the public key: a
// token that holds another key under the same name, a program that prints a message of its own or
// a bit that fell over is an error, not a broken file on a server.

#include <string>

#include "crypto/key.hpp"

namespace interlude::crypto {

class Signer {
 public:
  virtual ~Signer() = default;

  const PublicKey& public_key() const { return key_; }
  Scheme scheme() const { return key_.scheme(); }
  /// As PublicKey::text.
  const std::string& public_text() const { return key_.text(); }

  /// In the form that the scheme says; verified. Errors: Denied (wrong PIN or pass phrase),
  /// Unavailable (the token or program is not there, or fails), Untrusted (what it gave does not
  /// verify).
  Result<Bytes> sign(ByteView message) const;

 protected:
  explicit Signer(PublicKey key) : key_(std::move(key)) {}
  Signer(const Signer&) = default;
  Signer(Signer&&) noexcept = default;
  Signer& operator=(const Signer&) = default;
  Signer& operator=(Signer&&) noexcept = default;

 private:
  virtual Result<Bytes> make_signature(ByteView message) const = 0;

  PublicKey key_;
};

}  // namespace interlude::crypto
