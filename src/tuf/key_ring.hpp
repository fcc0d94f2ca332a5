#pragma once
// The keys that can sign here, by their ids. Where each lies (a file, a token, a program) is not
// this module's business, nor what it takes to open one.

#include <string>

#include "crypto/signer.hpp"

namespace interlude::tuf {

class KeyRing {
 public:
  virtual ~KeyRing() = default;

  /// Whether the private half of this key can be asked for signatures on this machine.
  virtual bool has(const std::string& key_id) const = 0;
  /// Opened when first asked for. Errors: NotFound (kept elsewhere), and what opening it meets:
  /// Denied (wrong pass phrase or PIN), Unavailable (token or program), Corrupt (its file).
  virtual Result<const crypto::Signer*> signer(const std::string& key_id) = 0;
};

}  // namespace interlude::tuf
