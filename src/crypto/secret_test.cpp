#include "crypto/secret.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstring>

namespace interlude::crypto {
namespace {

TEST(Secret, LivesInTheSecureHeap) {
  const Secret secret = Secret::copy_of("pass phrase");
  EXPECT_EQ(secret.text(), "pass phrase");
  EXPECT_EQ(std::strlen(secret.text().data()), 11U);
  EXPECT_EQ(CRYPTO_secure_allocated(secret.text().data()), 1);
}

TEST(Secret, IsOverwrittenWhenShortened) {
  Secret secret = Secret::copy_of("pass phrase\nmore");
  secret.shorten(11);
  EXPECT_EQ(secret.text(), "pass phrase");
  EXPECT_EQ(secret.text().data()[12], '\0');
}

TEST(Secret, IsGivenBackWhenItGoes) {
  use_secure_memory();
  const std::size_t before = CRYPTO_secure_used();
  {
    Secret first(100);
    Secret second(std::move(first));
    first = Secret(50);
    EXPECT_GT(CRYPTO_secure_used(), before);
  }
  EXPECT_EQ(CRYPTO_secure_used(), before);
}

}  // namespace
}  // namespace interlude::crypto
