#pragma once
// For this folder's own files: OpenSSL's objects with owners, and what a scheme means to OpenSSL.

#include <openssl/bio.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "crypto/key.hpp"

namespace interlude::crypto {

template <auto destroy>
struct Destroy {
  void operator()(auto* object) const { destroy(object); }
};

using UniqueKey = std::unique_ptr<EVP_PKEY, Destroy<&EVP_PKEY_free>>;
using UniqueDigestContext = std::unique_ptr<EVP_MD_CTX, Destroy<&EVP_MD_CTX_free>>;
using UniqueBio = std::unique_ptr<BIO, Destroy<&BIO_free>>;

/// What OpenSSL has to say about a bad key or signature is an answer here, not a queue to keep.
UniqueKey owned(EVP_PKEY* key);

/// Reads `text`, which must outlive it; makes no copy.
UniqueBio reader_of(std::string_view text);
/// All that was written to a memory BIO; valid as long as the BIO is.
std::string_view written_to(BIO* bio);

/// Corrupt unless it is one of the three kinds, in the sizes that TUF 4.2.2 and we accept.
Result<Scheme> scheme_of(const EVP_PKEY* key);

/// The public half in the form of PublicKey::text.
std::string encoded_public_key(Scheme scheme, EVP_PKEY* key);

/// Null: the scheme hashes by itself.
const EVP_MD* digest_of(Scheme scheme);

}  // namespace interlude::crypto
