#include "crypto/private_key.hpp"

#include <gmock/gmock.h>

#include <array>

#include "base/hex.hpp"

namespace interlude::crypto {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// RFC 8032, section 7.1, test 1.
constexpr std::string_view kSeed =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr std::string_view kPublicOfSeed =
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
constexpr std::string_view kSignatureOfNothing =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b4"
    "6bd25bf5f0595bbe24655141438e7a100b";

// The key of that seed, made by openssl 3.0: pkcs8 -topk8 -v2 aes-256-cbc -iter 1000 -passout
// pass:Sesam
constexpr std::string_view kEncryptedByOpenssl = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg+ZnaViihNeQICA+gw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEEDDwLyHFA0EszbvtHvxIAoEQHox
27ZaQozIi54TTEMJJYyrHpkJLS6Q+WrV7DF7AQVrpyQ7QhlQu+AHoyrRqx4Q4rF2
5QoBKaXgU0L+fm2aJ64=
-----END ENCRYPTED PRIVATE KEY-----
)";
// openssl ecparam -name prime256v1 -genkey: not PKCS#8. openssl genrsa 1024: too short.
constexpr std::string_view kTraditional = R"(-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIF/fLCdCaJ/DMckz2F0/587nyr1a7z/NjTeWRhuDpXFXoAoGCCqGSM49
AwEHoUQDQgAEV+uBH3CFiobFaakQ5JU8NQnDc34vq3MH9ETi2GJkYq+UxUr+YuP6
LZ0OAQy5b3oioJjcIGUgMRt4K9f3BF5QBg==
-----END EC PRIVATE KEY-----
)";
constexpr std::string_view kRsa1024 = R"(-----BEGIN PRIVATE KEY-----
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALmtzLrt7ih/ULPf
DWRRY2BjumcfMrZHfZ0y/816uLEbSWwrDd6Rke2bg/BjcLiD6wU5rEVBAssBuVfL
tbLBB5WEgvpRDEVpQxqhEgfJgaibNQ7sseyN9wEfja20Z0kzVgrfWzbyvHERd0wl
fbaMth9YPtRAdeOii238T/AldEojAgMBAAECgYButbYwbtVlyCOyW/h8LBr4yf3G
ps9x58Z6CIKFXfrpfr+Ug0dNwbYk2mkc1+3J1r4262BQGqczq996/bdk0btW4xho
IXUQn8d4q9dxKUYy0uXd/qdzuKskuC/wsL3YtmTR9mG7cDV8KZh1Qs65r1XOQQMu
6kMt+HqvlSUL6T6WgQJBAN2tBtRd17anrSMXudCQrHjOd8LS4Nwqurgvv+WpGdzS
jUKbIWVxqzSy5EfHLt5uma7d0mHkjsGyHmZFlw5nztECQQDWbeUP172eUtYA5h6x
e8tBFSolWr7cExlVwKo4M+p+s90H/A5pTlxQMptP3RMoh9iH2lapEaGi0QeTLg8Y
606zAkAmPfVRqabPIfoidbNeoba/WI8ckxirost3fvVR/2wwxjoMZYrLX2KzwrDT
GS+iu93TZv0mWjGuhLXt2s+Gcq4hAkEAnoGbyqtCus8m7IEu/SmyZMi9X+GFpm7j
0nTaHzOZStGwON/E02keahYOoumb6OEKWdo3J0EmR5HW1KA+fsAqawJAR74DQ3j4
npvZoqSV+ugHU/+0sf2VrxvrMxbalDDOSphnBnuqe83fifCKutruFSzJ1nK9E5An
K9D5Fu6gwzCCFw==
-----END PRIVATE KEY-----
)";

constexpr std::array<Scheme, 3> kAll = {Scheme::Ed25519, Scheme::EcdsaP256Sha256,
                                        Scheme::RsaPssSha256};

PrivateKey rfc_key() {
  return *PrivateKey::from_seed(*from_hex(kSeed));
}

AskSecret answering(std::string_view answer) {
  return [answer](const std::string&) { return Result<Secret>(Secret::copy_of(answer)); };
}

Result<PrivateKey> read(std::string_view pem, const AskSecret& ask = nobody_to_ask) {
  return PrivateKey::from_pem(pem, ask, "pass phrase of x.pem");
}

TEST(PrivateKey, MatchesTheVectorOfItsRfc) {
  EXPECT_EQ(rfc_key().public_text(), kPublicOfSeed);
  EXPECT_EQ(to_hex(*rfc_key().sign({})), kSignatureOfNothing);
  EXPECT_FALSE(PrivateKey::from_seed(Bytes(31)));
}

TEST(PrivateKey, SignsByEveryScheme) {
  for (const Scheme scheme : kAll) {
    const PrivateKey key = PrivateKey::generate(scheme);
    EXPECT_EQ(key.scheme(), scheme);
    const Result<Bytes> signature = key.sign(as_bytes("message"));
    ASSERT_TRUE(signature);
    const PublicKey known = *PublicKey::parse(scheme, key.public_text());
    EXPECT_TRUE(known.verifies(as_bytes("message"), *signature));
    EXPECT_FALSE(known.verifies(as_bytes("massage"), *signature));
    EXPECT_FALSE(PrivateKey::generate().public_key().verifies(as_bytes("message"), *signature));
  }
}

TEST(PrivateKey, SurvivesBeingWrittenPlainAndEncrypted) {
  for (const Scheme scheme : kAll) {
    const PrivateKey key = PrivateKey::generate(scheme);
    const Secret plain = key.pem();
    EXPECT_THAT(std::string(plain.text()), StartsWith("-----BEGIN PRIVATE KEY-----\n"));
    EXPECT_EQ(read(plain.text())->public_text(), key.public_text());

    const std::string encrypted = key.encrypted_pem(Secret::copy_of("Sesam öffne dich"));
    EXPECT_THAT(encrypted, StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    const Result<PrivateKey> again = read(encrypted, answering("Sesam öffne dich"));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->public_text(), key.public_text());
  }
}

TEST(PrivateKey, ReadsWhatOpensslEncrypted) {
  const Result<PrivateKey> key = read(kEncryptedByOpenssl, answering("Sesam"));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->public_text(), kPublicOfSeed);
}

TEST(PrivateKey, AsksOnceAndOnlyForAnEncryptedOne) {
  std::vector<std::string> questions;
  const AskSecret ask = [&](const std::string& what) {
    questions.push_back(what);
    return Result<Secret>(Secret::copy_of("wrong"));
  };
  EXPECT_TRUE(read(rfc_key().pem().text(), ask));
  EXPECT_TRUE(questions.empty());
  const Result<PrivateKey> refused = read(kEncryptedByOpenssl, ask);
  EXPECT_THAT(questions, testing::ElementsAre("pass phrase of x.pem"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::Denied);
  EXPECT_EQ(refused.error().message(), "wrong pass phrase of x.pem");
}

TEST(PrivateKey, ErrorsOfAskingComeThrough) {
  EXPECT_EQ(read(kEncryptedByOpenssl).error().kind(), ErrorKind::Denied);
  const AskSecret cancel = [](const std::string&) -> Result<Secret> {
    return fail(ErrorKind::Cancelled, "interrupted");
  };
  EXPECT_EQ(read(kEncryptedByOpenssl, cancel).error().kind(), ErrorKind::Cancelled);
  EXPECT_EQ(read(kEncryptedByOpenssl, answering(std::string(2000, 'x'))).error().kind(),
            ErrorKind::Denied);
}

TEST(PrivateKey, RefusesEveryTruncation) {
  const Secret pem = rfc_key().pem();
  const std::size_t essential = pem.text().find("-----END");
  for (std::size_t size = 0; size < essential; ++size) {
    EXPECT_EQ(read(pem.text().substr(0, size)).error().kind(), ErrorKind::Corrupt) << size;
  }
}

TEST(PrivateKey, RefusesOtherFormsAndKinds) {
  EXPECT_THAT(read(kTraditional).error().message(), HasSubstr("PKCS#8"));
  EXPECT_THAT(read(kRsa1024).error().message(), HasSubstr("2048"));
  EXPECT_EQ(read(PrivateKey::generate(Scheme::EcdsaP256Sha256).public_text()).error().kind(),
            ErrorKind::Corrupt);
  EXPECT_EQ(read(std::string(100000, 'x')).error().kind(), ErrorKind::Corrupt);
}

TEST(PrivateKey, KeepsThePublicTextItIsKnownBy) {
  const PrivateKey key = PrivateKey::generate(Scheme::EcdsaP256Sha256);
  const PublicKey loose =
      *PublicKey::parse(Scheme::EcdsaP256Sha256, key.public_text() + "written elsewhere");
  const Result<PrivateKey> known = key.known_as(loose);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->public_text(), loose.text());
  EXPECT_TRUE(known->sign(as_bytes("m")));
  EXPECT_EQ(rfc_key().known_as(loose).error().kind(), ErrorKind::Conflict);
}

/// Holds one key and says that it is another.
class Impostor final : public Signer {
 public:
  explicit Impostor(PublicKey claimed) : Signer(std::move(claimed)) {}

 private:
  Result<Bytes> make_signature(ByteView message) const override { return rfc_key().sign(message); }
};

TEST(Signer, GivesNoSignatureThatDoesNotVerify) {
  EXPECT_TRUE(Impostor(rfc_key().public_key()).sign(as_bytes("m")));
  const Result<Bytes> refused = Impostor(PrivateKey::generate().public_key()).sign(as_bytes("m"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::Untrusted);
}

}  // namespace
}  // namespace interlude::crypto
