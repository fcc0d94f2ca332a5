#include "crypto/digest.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "base/hex.hpp"
#include "crypto/require.hpp"

namespace interlude::crypto {
struct Hasher::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();

  Context() { require(evp != nullptr); }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

Hasher::Hasher(Algorithm algorithm) : context_(std::make_unique<Context>()) {
  const EVP_MD* method = algorithm == Algorithm::Sha256 ? EVP_sha256() : EVP_sha512();
  require(EVP_DigestInit_ex(context_->evp, method, nullptr) == 1);
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(ByteView bytes) {
  require(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1);
}

Bytes Hasher::finish() {
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context_->evp, digest.data(), &size) == 1);
  digest.resize(size);
  return digest;
}

Sha256 Hasher::finish_sha256() {
  const Bytes digest = finish();
  Sha256 result;
  require(digest.size() == result.bytes.size());
  std::ranges::copy(digest, result.bytes.begin());
  return result;
}

std::string Sha256::hex() const {
  return to_hex(bytes);
}

Result<Sha256> Sha256::from_hex(std::string_view digits) {
  const Result<Bytes> raw = interlude::from_hex(digits);
  if (!raw || raw->size() != 32) {
    return fail(ErrorKind::Corrupt,
                "a SHA-256 digest is 64 lower-case hexadecimal digits, found \"" +
                    std::string(digits.substr(0, 80)) + "\"");
  }
  Sha256 digest;
  std::ranges::copy(*raw, digest.bytes.begin());
  return digest;
}

Sha256 sha256(ByteView bytes) {
  Hasher hasher;
  hasher.update(bytes);
  return hasher.finish_sha256();
}

Bytes sha512(ByteView bytes) {
  Hasher hasher(Hasher::Algorithm::Sha512);
  hasher.update(bytes);
  return hasher.finish();
}

}  // namespace interlude::crypto
