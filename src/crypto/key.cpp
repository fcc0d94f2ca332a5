#include "crypto/key.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

#include "base/hex.hpp"
#include "crypto/openssl.hpp"
#include "crypto/require.hpp"

namespace interlude::crypto {
namespace {

constexpr std::size_t kLongestPem = 16384;
constexpr std::array<std::pair<Scheme, std::string_view>, 3> kSchemes = {
    std::pair(Scheme::Ed25519, "ed25519"),
    std::pair(Scheme::EcdsaP256Sha256, "ecdsa-sha2-nistp256"),
    std::pair(Scheme::RsaPssSha256, "rsassa-pss-sha256")};

// OpenSSL asks for a pass phrase on the terminal unless told that there is none.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

UniqueKey ed25519_key(std::string_view text) {
  const Result<Bytes> raw = from_hex(text);
  if (!raw) return {};
  return owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw->data(), raw->size()));
}

UniqueKey pem_key(std::string_view text) {
  if (text.size() > kLongestPem) return {};
  const UniqueBio bio = reader_of(text);
  return owned(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_pass_phrase, nullptr));
}

}  // namespace

std::string_view name_of(Scheme scheme) {
  for (const auto& [value, name] : kSchemes) {
    if (value == scheme) return name;
  }
  return "";
}

Result<Scheme> scheme_named(std::string_view name) {
  for (const auto& [value, known] : kSchemes) {
    if (known == name) return value;
  }
  return fail(ErrorKind::Invalid, "unknown signature scheme \"" + std::string(name) +
                                      "\"; expected ed25519, ecdsa-sha2-nistp256 or "
                                      "rsassa-pss-sha256");
}

struct PublicKey::Handle {
  UniqueKey key;
  Scheme scheme;
  std::string text;
};

PublicKey::PublicKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {}
PublicKey::~PublicKey() = default;
PublicKey::PublicKey(const PublicKey&) = default;
PublicKey::PublicKey(PublicKey&&) noexcept = default;
PublicKey& PublicKey::operator=(const PublicKey&) = default;
PublicKey& PublicKey::operator=(PublicKey&&) noexcept = default;

Result<PublicKey> PublicKey::parse(Scheme scheme, std::string_view text) {
  const bool raw = scheme == Scheme::Ed25519;
  UniqueKey key = raw ? ed25519_key(text) : pem_key(text);
  if (key == nullptr) {
    return fail(ErrorKind::Corrupt, raw ? "an ed25519 public key is 64 hexadecimal digits"
                                        : "not a public key in PEM form");
  }
  const Result<Scheme> found = scheme_of(key.get());
  if (!found) return std::unexpected(found.error());
  if (*found != scheme) {
    return fail(ErrorKind::Corrupt, "expected a key for " + std::string(name_of(scheme)) +
                                        ", found one for " + std::string(name_of(*found)));
  }
  return PublicKey(std::make_shared<Handle>(Handle{std::move(key), scheme, std::string(text)}));
}

Scheme PublicKey::scheme() const {
  return handle_->scheme;
}

const std::string& PublicKey::text() const {
  return handle_->text;
}

bool PublicKey::verifies(ByteView message, ByteView signature) const {
  const UniqueDigestContext context(EVP_MD_CTX_new());
  require(context != nullptr);
  EVP_PKEY_CTX* parameters = nullptr;
  bool ok = EVP_DigestVerifyInit(context.get(), &parameters, digest_of(handle_->scheme), nullptr,
                                 handle_->key.get()) == 1;
  if (handle_->scheme == Scheme::RsaPssSha256) {
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

}  // namespace interlude::crypto
