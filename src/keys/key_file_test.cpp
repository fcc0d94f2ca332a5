#include "keys/key_file.hpp"

#include <gmock/gmock.h>

#include "crypto/private_key.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::keys {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPublic =
    "public = \"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"\n";

std::string text_with(const std::string& rest) {
  return "scheme = \"ed25519\"\n" + std::string(kPublic) + rest;
}

TEST(KeyFile, ReadsBackAsItWasWritten) {
  const std::array<PrivateHalf, 3> halves = {InFile{"root.pem"},
                                             InToken{"pkcs11:token=a;object=b?pin-source=/run/pin"},
                                             ByCommand{{"/usr/bin/sign", "--key", "a \"b\"\\\n"}}};
  for (const crypto::Scheme scheme : {crypto::Scheme::Ed25519, crypto::Scheme::EcdsaP256Sha256}) {
    const crypto::PublicKey key = crypto::PrivateKey::generate(scheme).public_key();
    for (const PrivateHalf& half : halves) {
      const std::string text = written({key, half});
      const Result<KeyFile> read = parse_key_file(text, "root.toml");
      ASSERT_TRUE(read) << read.error().message() << "\n" << text;
      EXPECT_EQ(read->key.scheme(), scheme);
      EXPECT_EQ(read->key.text(), key.text());
      EXPECT_EQ(read->private_half, half);
    }
  }
}

TEST(KeyFile, RefusesWhatItDoesNotUnderstand) {
  const std::pair<std::string, std::string> cases[] = {
      {text_with(""), "expected one of: private, pkcs11, command"},
      {text_with("private = \"a\"\ncommand = [\"/b\"]\n"), "expected one of"},
      {text_with("private = \"../a.pem\"\n"), "x.toml:3: private"},
      {text_with("private = \"\"\n"), "x.toml:3: private"},
      {text_with("pkcs11 = \"pkcs11:token=a\"\n"), "x.toml:3: pkcs11"},
      {text_with("command = []\n"), "x.toml:3: command"},
      {text_with("command = [\"sign\"]\n"), "absolute path"},
      {text_with("private = \"a.pem\"\nlabel = \"x\"\n"), "x.toml:4: label: unknown key"},
      {"scheme = \"dsa\"\n" + std::string(kPublic) + "private = \"a\"\n", "x.toml:1: scheme"},
      {"scheme = \"ed25519\"\npublic = \"00\"\nprivate = \"a\"\n", "x.toml:2: public"},
      {std::string(kPublic) + "private = \"a\"\n", "scheme: is missing"}};
  for (const auto& [text, words] : cases) {
    const Result<KeyFile> read = parse_key_file(text, "x.toml");
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().kind(), ErrorKind::Invalid);
    EXPECT_THAT(read.error().message(), HasSubstr(words));
  }
}

class KeyFolder : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(disk.make_directory("/keys", 0700)); }

  sys::sim::FileSystem disk;
  const KeyFile described{crypto::PrivateKey::generate().public_key(), InFile{"a.pem"}};
};

TEST_F(KeyFolder, IsReadByName) {
  ASSERT_TRUE(write_key_file(disk, "/keys/a.toml", described));
  ASSERT_TRUE(write_key_file(disk, "/keys/b.toml", described));
  ASSERT_TRUE(disk.write("/keys/a.pem", as_bytes("no TOML"), 0600));
  const auto found = read_key_files(disk, "/keys");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->size(), 2U);
  EXPECT_EQ(found->at("b").key.text(), described.key.text());
  ASSERT_TRUE(disk.write("/keys/c.toml", as_bytes("x"), 0600));
  EXPECT_THAT(read_key_files(disk, "/keys").error().message(), HasSubstr("/keys/c.toml"));
}

TEST_F(KeyFolder, KeepsWhatIsThere) {
  ASSERT_TRUE(write_key_file(disk, "/keys/a.toml", described));
  EXPECT_EQ(disk.info("/keys/a.toml")->mode, 0600U);
  const KeyFile other{crypto::PrivateKey::generate().public_key(), InFile{"b.pem"}};
  EXPECT_EQ(write_key_file(disk, "/keys/a.toml", other).error().kind(), ErrorKind::Conflict);
  EXPECT_EQ(read_key_file(disk, "/keys/a.toml")->key.text(), described.key.text());
  EXPECT_FALSE(write_key_file(disk, "/keys/b.toml", {other.key, ByCommand{{"relative"}}}));
  EXPECT_FALSE(sys::exists(disk, "/keys/b.toml"));
}

}  // namespace
}  // namespace interlude::keys
