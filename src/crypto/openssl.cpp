#include "crypto/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

#include "base/hex.hpp"
#include "crypto/require.hpp"

namespace interlude::crypto {
namespace {

constexpr std::size_t kEd25519Size = 32;
constexpr int kFewestRsaBits = 2048;
constexpr int kMostRsaBits = 16384;

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::string_view(group.data()) == "prime256v1";
}

}  // namespace

UniqueKey owned(EVP_PKEY* key) {
  ERR_clear_error();
  return UniqueKey(key);
}

UniqueBio reader_of(std::string_view text) {
  UniqueBio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require(bio != nullptr);
  return bio;
}

std::string_view written_to(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Result<Scheme> scheme_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return Scheme::Ed25519;
  if (is_p256(key)) return Scheme::EcdsaP256Sha256;
  const int bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_is_a(key, "RSA") == 1 && bits >= kFewestRsaBits && bits <= kMostRsaBits) {
    return Scheme::RsaPssSha256;
  }
  return fail(ErrorKind::Corrupt,
              "expected an Ed25519 key, an elliptic curve key on P-256, or an RSA key of 2048 to "
              "16384 bits");
}

std::string encoded_public_key(Scheme scheme, EVP_PKEY* key) {
  if (scheme == Scheme::Ed25519) {
    Bytes raw(kEd25519Size);
    std::size_t size = raw.size();
    require(EVP_PKEY_get_raw_public_key(key, raw.data(), &size) == 1);
    return to_hex(raw);
  }
  const UniqueBio bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr);
  require(PEM_write_bio_PUBKEY(bio.get(), key) == 1);
  return std::string(written_to(bio.get()));
}

const EVP_MD* digest_of(Scheme scheme) {
  return scheme == Scheme::Ed25519 ? nullptr : EVP_sha256();
}

}  // namespace interlude::crypto
