#include "crypto/evp_sign.hpp"

#include <openssl/rsa.h>

#include "crypto/require.hpp"

namespace interlude::crypto {

std::optional<Bytes> evp_sign(EVP_PKEY* key, Scheme scheme, ByteView message) {
  const UniqueDigestContext context(EVP_MD_CTX_new());
  require(context != nullptr);
  EVP_PKEY_CTX* parameters = nullptr;
  bool ok = EVP_DigestSignInit(context.get(), &parameters, digest_of(scheme), nullptr, key) == 1;
  if (scheme == Scheme::RsaPssSha256) {
    ok = ok && EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  std::size_t size = 0;
  ok = ok && EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1;
  Bytes signature(size);
  ok = ok &&
       EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1;
  if (!ok) return std::nullopt;
  signature.resize(size);  // ECDSA's length varies
  return signature;
}

}  // namespace interlude::crypto
