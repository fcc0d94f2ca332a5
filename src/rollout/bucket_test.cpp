#include "rollout/bucket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace interlude::rollout {
namespace {

Secret counting() {
  Secret secret{};
  std::iota(secret.begin(), secret.end(), std::uint8_t{0});
  return secret;
}

TEST(Bucket, HasTheKnownAnswers) {
  EXPECT_EQ(bucket(Secret{}, "org.example/libfoo/1.2.3-a"), 9669);
  EXPECT_EQ(bucket(Secret{}, "org.example/libfoo/1.2.3-b"), 8292);
  EXPECT_EQ(bucket(counting(), "org.example/libfoo/1.2.3-a"), 9466);
}

TEST(Bucket, SpreadsDevicesEvenlyAndAnewForEachImprovement) {
  constexpr int kDevices = 20'000;
  std::vector<int> tenths(10);
  int first_twice = 0;
  for (int device = 0; device < kDevices; ++device) {
    Secret secret{};
    secret[0] = static_cast<std::uint8_t>(device);
    secret[1] = static_cast<std::uint8_t>(device >> 8);
    const BasisPoints one = bucket(secret, "source/box/1/a");
    const BasisPoints two = bucket(secret, "source/box/1/b");
    ASSERT_LT(one, kEverybody);
    ++tenths.at(one / 1000);
    if (one < 1000 && two < 1000) ++first_twice;
  }
  for (const int count : tenths) EXPECT_NEAR(count, kDevices / 10, 220);  // five deviations
  EXPECT_NEAR(first_twice, kDevices / 100, 70);
}

}  // namespace
}  // namespace interlude::rollout
