#include "crypto/key.hpp"

#include <gmock/gmock.h>

#include "base/hex.hpp"

namespace interlude::crypto {
namespace {

// RFC 8032, section 7.1, test 1.
constexpr std::string_view kPublic =
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
constexpr std::string_view kSignatureOfNothing =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
    "6bd25bf5f0595bbe24655141438e7a100b";

// Made by openssl 3.0 over the four bytes "fix\n":
//   openssl ecparam -name prime256v1 -genkey, dgst -sha256 -sign
//   openssl genrsa 2048, dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
constexpr std::string_view kEcdsaPublic = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEgZ/BvfKPIOUshrfeW1dzhYMvkKL7
ywYjUivPs2CIIgnoZoMWXEeJfnczD8Lfo9785QZ17OtK7lKjdhtKq+Ikcw==
-----END PUBLIC KEY-----
)";
constexpr std::string_view kEcdsaSignature =
    "3044022026576d306cc54326b05de4e32b119e3ac933a4df7075c6f336a69cbf3ab2ce69022033c65c7b12b2"
    "b5bd052f51e3e6052c2e77e84b94b4e6820ea6932216f8ac36f3";
constexpr std::string_view kP384Public = R"(-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE4QK2qEIx/KCivpxkkuRzoywtiyqzvKbb
jXOf2cAYqtO1eMLrTctnAkttTs/XfPVlXp8AyKaqMfLHzvpv24ntQgbEGypEJc3m
TbqB/YKsHWhvLeF/QSsyb1LIjWKzU7oL
-----END PUBLIC KEY-----
)";
constexpr std::string_view kRsaPublic = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAwNU+OinRzqrLxeEX/sfA
0wyMvEU3GJzeUD/KzXYsLLSrKPqItGsZR0BrmK2ZFsF4r8iVQIgH/Ceog6GAGtDS
okm5IVCgZX8PmaavSoZVCEymU9JY/YzgFgt0dRNeg7YKwIrBU2Ji4eeqbu0RFivw
S7QoMqHO06IuFRLOXLm8JTXz7P5AlO4w0GI45CDmvA4qLQc/4Bmyu76Db5ECN281
jZECmui8K7FyUoSLwd4H2aRurAvMss7nisOSUKO8wOPZu1YVX5N7Go/j7zmgdQ94
fMEOsQwqzD/CRJiUo1FWfabjHhfcPzEmshfXgK5tc2mAoR2c2qBHwLthqVrqNJNf
qwIDAQAB
-----END PUBLIC KEY-----
)";
constexpr std::string_view kRsaSignature =
    "80564042ce41f89ccf5f97015cb9a26e36d13e673b75b14580e460f0f7cc2fa213ed6d345c89af809ee42b91"
    "cded8ba2a13146e5b91349682ca9fdd34eefd4206254cecc05ac8a72ee245f7cb2a957b44dd61ba75342c0a1"
    "1fccf39697b2ab7e0e36cd464cddcd1814cf5b74084287ccfd59c61147a397ca79b08a6774813c45268de9ad"
    "6039bd84cd220dbc85f9f649c97dae2fe05d89dc68752ea311aa5ef0ce087b09ea9ba18a9fcdf4b868ee744b"
    "b74e40f253b9ecae4b48de9f561f72fe6b396c1f768f924f762524aa94f6cabb8557a99e2362faa002f0130d"
    "1d278eaf1fedd60cfbafabff3f1d940d70601d18674111cc28b65b8c8472027ac70cef79";
constexpr std::string_view kRsaPkcs1Signature =
    "4873be38230383300d52a445d82df08c82205c78f9a44a3b16b39ae84571757350ac694e58d8d98ff91d32bb"
    "1c42e5786ec53659ad2cf9a3fdfaeb712b733743e0d33d632caa463e56982391921a9b1ca9e42c6fdbc19f36"
    "1828915209abdd15aeb3e95b1a6b99cd3d3798303d3acb6c6d83f5028eb92ac25d075dbc018dbeb27534567f"
    "fe17a1170a98cb462bbcf007dca7dfe6577e79955fd23fc07349017e9a8f516c1d650825b8ce802f339cde6b"
    "af187bb332524ab801cc79b304037992de76037528dc115514a45b29eec868f3be03e68b35c3eea4071aafab"
    "72ae346178af25edfabd6bea8811f0638a42e3284e53050f37374ffb4df31f4b930c8712";
constexpr std::string_view kRsa1024Public = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7k13nFmZ5Kj4+G6WPakprwS9s
xk6gpkB+DZ9l8Y0K0Zt5ch2gF0ZPExDDe2KQB7iW9phk3rf/jNmpPmVsfIkM8ZCF
xq3d0wK4aLRzbt08KOCWpZQYEnT/BB1P6/XYr3Thxs7oC3I+NZ7Wi5bfJlznpe13
LVe1/BF63iOjfx+5LwIDAQAB
-----END PUBLIC KEY-----
)";

PublicKey ecdsa_key() {
  return *PublicKey::parse(Scheme::EcdsaP256Sha256, kEcdsaPublic);
}

PublicKey rsa_key() {
  return *PublicKey::parse(Scheme::RsaPssSha256, kRsaPublic);
}

TEST(PublicKey, VerifiesEd25519) {
  const PublicKey key = *PublicKey::parse(Scheme::Ed25519, kPublic);
  Bytes signature = *from_hex(kSignatureOfNothing);
  EXPECT_TRUE(key.verifies({}, signature));
  EXPECT_FALSE(key.verifies(to_bytes("something"), signature));
  EXPECT_FALSE(key.verifies({}, {}));
  EXPECT_FALSE(key.verifies({}, ByteView(signature).first(63)));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    signature[i] ^= 1U;
    EXPECT_FALSE(key.verifies({}, signature)) << "byte " << i;
    signature[i] ^= 1U;
  }
}

TEST(PublicKey, VerifiesEcdsaOnP256) {
  const PublicKey key = ecdsa_key();
  Bytes signature = *from_hex(kEcdsaSignature);
  EXPECT_TRUE(key.verifies(to_bytes("fix\n"), signature));
  EXPECT_FALSE(key.verifies(to_bytes("fox\n"), signature));
  signature.back() ^= 1U;
  EXPECT_FALSE(key.verifies(to_bytes("fix\n"), signature));
}

TEST(PublicKey, VerifiesRsaPss) {
  const PublicKey key = rsa_key();
  Bytes signature = *from_hex(kRsaSignature);
  EXPECT_TRUE(key.verifies(to_bytes("fix\n"), signature));
  EXPECT_FALSE(key.verifies(to_bytes("fox\n"), signature));
  EXPECT_FALSE(key.verifies(to_bytes("fix\n"), *from_hex(kRsaPkcs1Signature)));
}

TEST(PublicKey, RefusesWrongKindsAndSizes) {
  EXPECT_FALSE(PublicKey::parse(Scheme::Ed25519, kPublic.substr(2)));
  EXPECT_FALSE(PublicKey::parse(Scheme::Ed25519, kEcdsaPublic));
  EXPECT_FALSE(PublicKey::parse(Scheme::EcdsaP256Sha256, kRsaPublic));
  EXPECT_FALSE(PublicKey::parse(Scheme::EcdsaP256Sha256, kP384Public));
  EXPECT_FALSE(PublicKey::parse(Scheme::RsaPssSha256, kEcdsaPublic));
  EXPECT_FALSE(PublicKey::parse(Scheme::RsaPssSha256, kRsa1024Public));
  EXPECT_FALSE(PublicKey::parse(Scheme::RsaPssSha256, ""));
}

TEST(PublicKey, KeepsItsTextAndHasOneDerForm) {
  const std::string loose = "written by another tool\n" + std::string(kEcdsaPublic) + "\n";
  const Result<PublicKey> key = PublicKey::parse(Scheme::EcdsaP256Sha256, loose);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->text(), loose);
  EXPECT_EQ(key->der(), ecdsa_key().der());
  EXPECT_NE(key->der(), rsa_key().der());
}

TEST(Scheme, HasTheNamesOfTuf) {
  for (const Scheme scheme : {Scheme::Ed25519, Scheme::EcdsaP256Sha256, Scheme::RsaPssSha256}) {
    EXPECT_EQ(*scheme_named(name_of(scheme)), scheme);
  }
  EXPECT_EQ(scheme_named("dsa").error().kind(), ErrorKind::Invalid);
}

}  // namespace
}  // namespace interlude::crypto
