#include "dpkg/version.hpp"

#include <gtest/gtest.h>

namespace interlude::dpkg {
namespace {

TEST(Version, IsOrderedAsDpkgOrdersIt) {
  const char* ascending[] = {
      "~~",  "~",       "",      "0.9~rc1", "0.9",     "1.0~b", "1.0~beta1~svn1",
      "1.0", "1.0-0.1", "1.0-1", "1.0-1+b", "1.0-1.1", "1.0a",  "1.0+dfsg",
      "1.2", "1.10",    "1:0.1"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(compare_versions(ascending[i], ascending[j]), i <=> j)
          << ascending[i] << " and " << ascending[j];
    }
  }
  EXPECT_EQ(compare_versions("0:1.00-0", "1.0"), std::strong_ordering::equal);
}

}  // namespace
}  // namespace interlude::dpkg
