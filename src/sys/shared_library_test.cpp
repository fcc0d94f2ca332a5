#include "sys/shared_library.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>

namespace interlude::sys {
namespace {

using ::testing::HasSubstr;

TEST(SharedLibrary, FindsFunctionsByName) {
  SharedLibrary library("libc.so.6");
  ASSERT_TRUE(library.status()) << library.status().error().message();
  const auto length = library.function<std::size_t (*)(const char*)>("strlen");
  ASSERT_NE(length, nullptr);
  EXPECT_EQ(length("seven"), 5U);
  EXPECT_TRUE(library.status());
}

TEST(SharedLibrary, SaysWhatIsNotThere) {
  SharedLibrary absent("libabsent.so.1");
  ASSERT_FALSE(absent.status());
  EXPECT_THAT(absent.status().error().message(), HasSubstr("libabsent.so.1 cannot be loaded"));
  EXPECT_EQ(absent.function<void (*)()>("anything"), nullptr);

  SharedLibrary library("libc.so.6");
  EXPECT_EQ(library.function<void (*)()>("no_such_function"), nullptr);
  ASSERT_FALSE(library.status());
  EXPECT_THAT(library.status().error().message(), HasSubstr("no_such_function"));
}

}  // namespace
}  // namespace interlude::sys
