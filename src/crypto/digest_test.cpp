#include "crypto/digest.hpp"

#include <gtest/gtest.h>

#include "base/hex.hpp"

namespace interlude::crypto {
namespace {

// FIPS 180-4, "abc".
TEST(Digest, MatchesTheStandardsVectors) {
  EXPECT_EQ(sha256(as_bytes("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha512(as_bytes("abc"))).substr(0, 32), "ddaf35a193617abacc417349ae204131");
}

TEST(Digest, PiecesHashLikeTheWhole) {
  Hasher hasher;
  hasher.update(as_bytes("a"));
  hasher.update({});
  hasher.update(as_bytes("bc"));
  EXPECT_EQ(hasher.finish_sha256(), sha256(as_bytes("abc")));
}

TEST(Digest, ReadsOnlyExactHexadecimal) {
  const Sha256 digest = sha256(as_bytes("abc"));
  EXPECT_EQ(*Sha256::from_hex(digest.hex()), digest);
  EXPECT_FALSE(Sha256::from_hex(digest.hex() + "00"));
  EXPECT_FALSE(Sha256::from_hex("zz"));
}

}  // namespace
}  // namespace interlude::crypto
