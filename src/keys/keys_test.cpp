#include "keys/keys.hpp"

#include <gmock/gmock.h>

#include "keys/secret_file.hpp"
#include "sys/posix/process.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::keys {
namespace {

using crypto::Scheme;
using crypto::Secret;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kPassPhrase = "Sesam";

crypto::AskSecret answering(std::string_view answer) {
  return [answer](const std::string&) { return Result<Secret>(Secret::copy_of(answer)); };
}

class Keys : public testing::Test {
 protected:
  Result<crypto::PrivateKey> make(const std::string& name, bool encrypted = true) {
    std::optional<Secret> pass_phrase;
    if (encrypted) pass_phrase = Secret::copy_of(kPassPhrase);
    return make_key(disk, "/repo/keys", name, Scheme::Ed25519, pass_phrase);
  }
  Result<std::unique_ptr<crypto::Signer>> open(const std::string& name,
                                               const crypto::AskSecret& ask) {
    return open_key(disk, processes, "/repo/keys/" + name + ".toml", ask);
  }
  Error refused(const std::string& name, const crypto::AskSecret& ask) {
    const auto signer = open(name, ask);
    return signer ? Error(ErrorKind::Internal, "it opened") : signer.error();
  }

  sys::sim::FileSystem disk;
  sys::posix::ProcessRunner processes;
};

TEST_F(Keys, MadeOneOpensAndSigns) {
  for (const bool encrypted : {true, false}) {
    const std::string name = encrypted ? "root" : "timestamp";
    const Result<crypto::PrivateKey> made = make(name, encrypted);
    ASSERT_TRUE(made) << made.error().message();
    const auto signer = open(name, encrypted ? answering(kPassPhrase) : crypto::nobody_to_ask);
    ASSERT_TRUE(signer) << signer.error().message();
    EXPECT_EQ((*signer)->public_text(), made->public_text());
    EXPECT_TRUE(made->public_key().verifies(as_bytes("m"), *(*signer)->sign(as_bytes("m"))));
  }
}

TEST_F(Keys, NewFilesAreTheirOwnersOnly) {
  ASSERT_TRUE(make("root"));
  EXPECT_EQ(disk.info("/repo/keys")->mode, 0700U);
  EXPECT_EQ(disk.info("/repo/keys/root.pem")->mode, 0600U);
  EXPECT_EQ(disk.info("/repo/keys/root.toml")->mode, 0600U);
}

TEST_F(Keys, PassPhraseIsAskedForByFile) {
  ASSERT_TRUE(make("root"));
  std::string question;
  const Error error = refused("root", [&](const std::string& what) {
    question = what;
    return Result<Secret>(Secret::copy_of("wrong pass"));
  });
  EXPECT_EQ(question, "pass phrase of /repo/keys/root.pem");
  EXPECT_EQ(error.kind(), ErrorKind::Denied);
  EXPECT_THAT(error.message(), HasSubstr("/repo/keys/root.pem"));
}

TEST_F(Keys, NeverReplaceOneAnother) {
  ASSERT_TRUE(make("root"));
  const Bytes before = *disk.read("/repo/keys/root.pem", 10000);
  EXPECT_EQ(make("root").error().kind(), ErrorKind::Conflict);
  ASSERT_TRUE(disk.remove("/repo/keys/root.toml"));
  EXPECT_EQ(make("root").error().kind(), ErrorKind::Conflict);
  EXPECT_EQ(*disk.read("/repo/keys/root.pem", 10000), before);
  EXPECT_EQ(make("../root").error().kind(), ErrorKind::Invalid);
}

TEST_F(Keys, MissingPrivateHalfIsNamed) {
  ASSERT_TRUE(make("root"));
  ASSERT_TRUE(disk.remove("/repo/keys/root.pem"));
  const Error error = refused("root", answering(kPassPhrase));
  EXPECT_EQ(error.kind(), ErrorKind::NotFound);
  EXPECT_THAT(error.message(), HasSubstr("/repo/keys/root.pem"));
}

TEST_F(Keys, PrivateHalfThatOthersCanReadIsRefused) {
  ASSERT_TRUE(make("root", false));
  for (const std::uint32_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_TRUE(disk.set_mode("/repo/keys/root.pem", mode));
    const Error error = refused("root", crypto::nobody_to_ask);
    EXPECT_EQ(error.kind(), ErrorKind::Denied);
    EXPECT_THAT(error.message(), HasSubstr("chmod 600"));
  }
}

TEST_F(Keys, PrivateHalfOfAnotherKeyIsRefused) {
  ASSERT_TRUE(make("root", false));
  ASSERT_TRUE(make("other", false));
  ASSERT_TRUE(disk.rename("/repo/keys/other.pem", "/repo/keys/root.pem"));
  EXPECT_EQ(refused("root", crypto::nobody_to_ask).kind(), ErrorKind::Conflict);
}

TEST_F(Keys, ErrorsShowNothingOfTheKey) {
  ASSERT_TRUE(make("root", false));
  Bytes pem = *disk.read("/repo/keys/root.pem", 10000);
  const std::string secret = to_text(pem).substr(60, 20);
  pem[62] ^= 1U;
  pem.insert(pem.begin() + 40, '!');
  ASSERT_TRUE(disk.write("/repo/keys/root.pem", pem, 0600));
  const Error error = refused("root", crypto::nobody_to_ask);
  EXPECT_EQ(error.kind(), ErrorKind::Corrupt);
  EXPECT_THAT(error.message(), Not(HasSubstr(secret)));
}

TEST_F(Keys, InterruptedMakingLeavesNoKeyFileWithoutItsKey) {
  for (std::uint64_t cut = 1;; ++cut) {
    sys::sim::FileSystem spoilt;
    spoilt.cut_power_at(cut);
    const bool finished = make_key(spoilt, "/keys", "root", Scheme::Ed25519, {}).has_value();
    spoilt.restart();
    if (sys::exists(spoilt, "/keys/root.toml")) {
      EXPECT_TRUE(open_key(spoilt, processes, "/keys/root.toml", crypto::nobody_to_ask))
          << "cut at operation " << cut;
    } else {
      EXPECT_FALSE(finished) << "cut at operation " << cut;
    }
    if (finished) break;
  }
}

TEST_F(Keys, ProgramSignsWithoutAQuestion) {
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
  ASSERT_TRUE(sys::make_directories(disk, "/repo/keys", 0700));
  ASSERT_TRUE(write_key_file(disk, "/repo/keys/p.toml",
                             {key.public_key(), ByCommand{{"/bin/sh", "-c", "cat"}}}));
  const auto signer = open("p", crypto::nobody_to_ask);
  ASSERT_TRUE(signer) << signer.error().message();
  // "cat" gives back what it got, which is no signature.
  EXPECT_EQ((*signer)->sign(as_bytes("m")).error().kind(), ErrorKind::Untrusted);
}

TEST_F(Keys, TokenThatIsNotThereIsUnavailable) {
  const Result<KeyFile> described = describe_token_key(
      disk, "pkcs11:token=a;object=b?module-path=/no/such/driver.so", answering("1234"));
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(described.error().message(), Not(HasSubstr("1234")));
}

TEST(SecretFile, IsReadWholeAndBounded) {
  sys::sim::FileSystem disk;
  ASSERT_TRUE(disk.write("/pin", as_bytes("1234\n"), 0600));
  EXPECT_EQ(read_secret_file(disk, "/pin", 5)->text(), "1234\n");
  EXPECT_EQ(read_secret_file(disk, "/pin", 4).error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(read_secret_file(disk, "/none", 4).error().kind(), ErrorKind::NotFound);
  ASSERT_TRUE(disk.make_symlink("/pin", "/link"));
  EXPECT_TRUE(read_secret_file(disk, "/link", 5));
}

}  // namespace
}  // namespace interlude::keys
