#include "crypto/key.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <climits>

#include "crypto/require.hpp"

namespace interlude::crypto {
namespace {

constexpr std::size_t kEd25519Size = 32;
constexpr std::size_t kEd25519SignatureSize = 64;
constexpr int kFewestRsaBits = 2048;
constexpr int kMostRsaBits = 16384;
constexpr std::size_t kLongestPem = 16384;

using UniqueKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using UniqueContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using UniqueBio = std::unique_ptr<BIO, decltype(&BIO_free)>;

// What OpenSSL has to say about a bad key or signature is an answer here, not a queue to keep.
UniqueKey owned(EVP_PKEY* key) {
  ERR_clear_error();
  return {key, &EVP_PKEY_free};
}

UniqueBio memory(std::string_view text) {
  UniqueBio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  require(bio != nullptr);
  return bio;
}

std::string taken_from(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

// OpenSSL asks for a pass phrase on the terminal unless told that there is none.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

Result<UniqueKey> public_key_of(std::string_view pem) {
  if (pem.size() <= kLongestPem) {
    const UniqueBio bio = memory(pem);
    UniqueKey key = owned(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_pass_phrase, nullptr));
    if (key != nullptr) return key;
  }
  return fail(ErrorKind::Corrupt, "not a public key in PEM form");
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 64> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::string_view(group.data()) == "prime256v1";
}

}  // namespace

struct PublicKey::Handle {
  UniqueKey key;
  const EVP_MD* digest;  // null: the scheme hashes by itself
  bool pss;
};

PublicKey::PublicKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
PublicKey::~PublicKey() = default;
PublicKey::PublicKey(const PublicKey&) = default;
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(const PublicKey&) = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;

Result<PublicKey> PublicKey::ed25519(ByteView raw) {
  if (raw.size() == kEd25519Size) {
    UniqueKey key =
        owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size()));
    if (key != nullptr) {
      return PublicKey(std::make_shared<Handle>(Handle{std::move(key), nullptr, false}));
    }
  }
  return fail(ErrorKind::Corrupt, "an ed25519 public key has 32 bytes");
}

Result<PublicKey> PublicKey::ecdsa_p256(std::string_view pem) {
  Result<UniqueKey> key = public_key_of(pem);
  if (!key) return std::unexpected(key.error());
  if (!is_p256(key->get())) {
    return fail(ErrorKind::Corrupt, "expected an elliptic curve key on P-256");
  }
  return PublicKey(std::make_shared<Handle>(Handle{std::move(*key), EVP_sha256(), false}));
}

Result<PublicKey> PublicKey::rsa_pss(std::string_view pem) {
  Result<UniqueKey> key = public_key_of(pem);
  if (!key) return std::unexpected(key.error());
  const int bits = EVP_PKEY_get_bits(key->get());
  if (EVP_PKEY_is_a(key->get(), "RSA") != 1 || bits < kFewestRsaBits || bits > kMostRsaBits) {
    return fail(ErrorKind::Corrupt, "expected an RSA key of 2048 to 16384 bits");
  }
  return PublicKey(std::make_shared<Handle>(Handle{std::move(*key), EVP_sha256(), true}));
}

bool PublicKey::verifies(ByteView message, ByteView signature) const {
  const UniqueContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  require(context != nullptr);
  EVP_PKEY_CTX* parameters = nullptr;
  EVP_PKEY* const key = handle_->key.get();
  bool ok = EVP_DigestVerifyInit(context.get(), &parameters, handle_->digest, nullptr, key) == 1;
  if (handle_->pss) {
    ok = ok && EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_AUTO) == 1;
  }
  ok = ok && EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                              message.size()) == 1;
  ERR_clear_error();
  return ok;
}

Bytes PublicKey::der() const {
  unsigned char* data = nullptr;
  const int size = i2d_PUBKEY(handle_->key.get(), &data);
  require(size > 0);
  Bytes der(data, data + size);
  OPENSSL_free(data);
  return der;
}

struct PrivateKey::Handle {
  UniqueKey key;
};

PrivateKey::PrivateKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
PrivateKey::~PrivateKey() = default;
PrivateKey::PrivateKey(const PrivateKey&) = default;
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(const PrivateKey&) = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;

PrivateKey PrivateKey::generate() {
  UniqueKey key = owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  require(key != nullptr);
  return PrivateKey(std::make_shared<Handle>(Handle{std::move(key)}));
}

Result<PrivateKey> PrivateKey::from_seed(ByteView seed) {
  if (seed.size() != kEd25519Size) {
    return fail(ErrorKind::Corrupt, "an ed25519 private key has 32 bytes");
  }
  UniqueKey key =
      owned(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  require(key != nullptr);
  return PrivateKey(std::make_shared<Handle>(Handle{std::move(key)}));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  if (pem.size() <= kLongestPem) {
    const UniqueBio bio = memory(pem);
    UniqueKey key = owned(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_pass_phrase, nullptr));
    if (key != nullptr && EVP_PKEY_is_a(key.get(), "ED25519") == 1) {
      return PrivateKey(std::make_shared<Handle>(Handle{std::move(key)}));
    }
  }
  return fail(ErrorKind::Corrupt, "not an unencrypted ed25519 private key in PEM form");
}

std::string PrivateKey::pem() const {
  const UniqueBio bio(BIO_new(BIO_s_secmem()), &BIO_free);
  require(bio != nullptr);
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), handle_->key.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1);
  return taken_from(bio.get());
}

Bytes PrivateKey::public_bytes() const {
  Bytes raw(kEd25519Size);
  std::size_t size = raw.size();
  require(EVP_PKEY_get_raw_public_key(handle_->key.get(), raw.data(), &size) == 1);
  return raw;
}

Bytes PrivateKey::sign(ByteView message) const {
  const UniqueContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  require(context != nullptr);
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, handle_->key.get()) == 1);
  Bytes signature(kEd25519SignatureSize);
  std::size_t size = signature.size();
  require(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) ==
          1);
  return signature;
}

}  // namespace interlude::crypto
