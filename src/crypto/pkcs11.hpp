#pragma once
// Keys in tokens (smart cards, HSMs) by PKCS#11.
//
// Through libp11's engine for OpenSSL (Debian: libengine-pkcs11-openssl), which is loaded when the
// first such key is opened and must be there only then. OpenSSL 3.0 calls engines deprecated and
// Debian 12 packages no provider that could take their place: all of it is in pkcs11.cpp.

#include <memory>
#include <optional>

#include "crypto/pkcs11_uri.hpp"
#include "crypto/secret.hpp"
#include "crypto/signer.hpp"

namespace interlude::crypto {

/// The private key that `uri` names: ECDSA on P-256 or RSA. Asks for the PIN unless this process
/// has logged in to that token already; tries it once, since tokens lock after a few wrong ones. An
/// empty answer leaves asking to the token's own keypad. `known` is how the public half is written;
/// where it is given, a token that holds another key under that name is a Conflict. Errors:
/// Unavailable (no engine, driver, token or key), Denied (wrong PIN, or it is locked), those of
/// `ask`.
Result<std::unique_ptr<Signer>> open_token_key(const Pkcs11Uri& uri, const AskSecret& ask,
                                               const std::optional<PublicKey>& known);

}  // namespace interlude::crypto
