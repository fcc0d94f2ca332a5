#include "crypto/private_key.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <climits>

#include "crypto/evp_sign.hpp"
#include "crypto/require.hpp"

namespace interlude::crypto {
namespace {

constexpr std::size_t kSeedSize = 32;
constexpr std::size_t kLongestPem = 65536;
constexpr std::size_t kNewRsaBits = 3072;
// As much memory as OpenSSL's own tools accept when they read it; the time comes from p.
constexpr std::uint64_t kScryptN = 16384;
constexpr std::uint64_t kScryptR = 8;
constexpr std::uint64_t kScryptP = 5;

using UniqueKeyInfo = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Destroy<&PKCS8_PRIV_KEY_INFO_free>>;
using UniqueEncrypted = std::unique_ptr<X509_SIG, Destroy<&X509_SIG_free>>;

/// One PEM block; its parts lie in secure memory.
struct Block {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;

  explicit Block(std::string_view pem) {
    const UniqueBio bio = reader_of(pem);
    (void)PEM_read_bio_ex(bio.get(), &name, &header, &data, &size,
                          PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE);  // no name: no block
  }
  ~Block() {
    OPENSSL_secure_free(name);
    OPENSSL_secure_free(header);
    OPENSSL_secure_clear_free(data, static_cast<std::size_t>(size));
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  bool is(std::string_view kind) const { return name != nullptr && name == kind; }
};

UniqueKeyInfo plain_info(const Block& block) {
  const unsigned char* at = block.data;
  return UniqueKeyInfo(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, block.size));
}

Result<UniqueKeyInfo> decrypted_info(const Block& block, const AskSecret& ask,
                                     const std::string& what) {
  const unsigned char* at = block.data;
  const UniqueEncrypted encrypted(d2i_X509_SIG(nullptr, &at, block.size));
  if (encrypted == nullptr) return UniqueKeyInfo();
  const Result<Secret> pass_phrase = ask(what);
  if (!pass_phrase) return std::unexpected(pass_phrase.error());
  const std::string_view text = pass_phrase->text();
  if (text.size() > PEM_BUFSIZE) return fail(ErrorKind::Denied, "the " + what + " is too long");
  UniqueKeyInfo info(PKCS8_decrypt(encrypted.get(), text.data(), static_cast<int>(text.size())));
  ERR_clear_error();
  if (info == nullptr) return fail(ErrorKind::Denied, "wrong " + what);
  return info;
}

UniqueBio secure_writer() {
  use_secure_memory();
  UniqueBio bio(BIO_new(BIO_s_secmem()));
  require(bio != nullptr);
  return bio;
}

UniqueKey new_key(Scheme scheme) {
  switch (scheme) {
    case Scheme::Ed25519:
      return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case Scheme::EcdsaP256Sha256:
      return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    case Scheme::RsaPssSha256:
      return owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kNewRsaBits));
  }
  return {};
}

}  // namespace

struct PrivateKey::Handle {
  UniqueKey key;
};

PrivateKey::PrivateKey(PublicKey key, std::shared_ptr<const Handle> handle)
    : Signer(std::move(key)), handle_(std::move(handle)) {}
PrivateKey::~PrivateKey() = default;
PrivateKey::PrivateKey(const PrivateKey&) = default;
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(const PrivateKey&) = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;

Result<PrivateKey> PrivateKey::adopt(Handle handle) {
  if (handle.key == nullptr) {
    return fail(ErrorKind::Corrupt,
                "not a private key in PEM form, PKCS#8; `openssl pkcs8 -topk8` converts others");
  }
  const Result<Scheme> scheme = scheme_of(handle.key.get());
  if (!scheme) return std::unexpected(scheme.error());
  Result<PublicKey> key = PublicKey::parse(*scheme, encoded_public_key(*scheme, handle.key.get()));
  if (!key) return std::unexpected(key.error());
  return PrivateKey(std::move(*key), std::make_shared<Handle>(std::move(handle)));
}

PrivateKey PrivateKey::generate(Scheme scheme) {
  use_secure_memory();
  Result<PrivateKey> made = adopt({new_key(scheme)});
  require(made.has_value());
  return std::move(*made);
}

Result<PrivateKey> PrivateKey::from_seed(ByteView seed) {
  use_secure_memory();
  if (seed.size() != kSeedSize) {
    return fail(ErrorKind::Corrupt, "the seed of an ed25519 key has 32 bytes");
  }
  return adopt(
      {owned(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()))});
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem, const AskSecret& ask,
                                        const std::string& what) {
  use_secure_memory();
  if (pem.size() > kLongestPem) return adopt({});
  const Block block(pem);
  UniqueKeyInfo info;
  if (block.is(PEM_STRING_PKCS8INF)) {
    info = plain_info(block);
  } else if (block.is(PEM_STRING_PKCS8)) {
    Result<UniqueKeyInfo> decrypted = decrypted_info(block, ask, what);
    if (!decrypted) return std::unexpected(decrypted.error());
    info = std::move(*decrypted);
  }
  UniqueKey key = owned(info == nullptr ? nullptr : EVP_PKCS82PKEY(info.get()));
  return adopt({std::move(key)});
}

Result<PrivateKey> PrivateKey::known_as(const PublicKey& key) const {
  if (key.der() == public_key().der()) return PrivateKey(key, handle_);
  return fail(ErrorKind::Conflict, "the private key is that of another public key");
}

Secret PrivateKey::pem() const {
  const UniqueBio bio = secure_writer();
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), handle_->key.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr) == 1);
  return Secret::copy_of(written_to(bio.get()));
}

std::string PrivateKey::encrypted_pem(const Secret& pass_phrase) const {
  const UniqueKeyInfo info(EVP_PKEY2PKCS8(handle_->key.get()));
  require(info != nullptr);
  X509_ALGOR* const method =
      PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, kScryptN, kScryptR, kScryptP);
  require(method != nullptr);
  const std::string_view text = pass_phrase.text();
  // Owns `method` from here on.
  const UniqueEncrypted encrypted(
      PKCS8_set0_pbe(text.data(), static_cast<int>(text.size()), info.get(), method));
  require(encrypted != nullptr);
  const UniqueBio bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr);
  require(PEM_write_bio_PKCS8(bio.get(), encrypted.get()) == 1);
  return std::string(written_to(bio.get()));
}

Result<Bytes> PrivateKey::make_signature(ByteView message) const {
  std::optional<Bytes> signature = evp_sign(handle_->key.get(), scheme(), message);
  ERR_clear_error();
  require(signature.has_value());
  return std::move(*signature);
}

}  // namespace interlude::crypto
