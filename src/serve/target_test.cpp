#include "serve/target.hpp"

#include <gtest/gtest.h>

namespace interlude::serve {
namespace {

TEST(Target, NamesAFileOfTheFolder) {
  EXPECT_EQ(*path_of("/timestamp.json"), "timestamp.json");
  EXPECT_EQ(*path_of("/a/b%20c?query=../x"), "a/b c");
  EXPECT_EQ(*path_of("/%61%2F%62"), "a/b");
  EXPECT_EQ(*path_of("/a+b~c"), "a+b~c");
}

TEST(Target, OfAFolderIsItsIndex) {
  EXPECT_EQ(*path_of("/"), "index.html");
  EXPECT_EQ(*path_of("/?x"), "index.html");
  EXPECT_EQ(*path_of("/a/?x"), "a/index.html");
  EXPECT_EQ(*path_of("/a%2f"), "a/index.html");
}

TEST(Target, NeverLeavesTheFolderHoweverItIsWritten) {
  for (const char* bad :
       {"",      "//",         "/a//",      "a",         "*",     "http://x/a", "/..",
        "/../a", "/a/../../b", "/%2e%2e/a", "/a/%2E%2e", "/a//b", "//a",        "/../",
        "/./a",  "/%00",       "/a%00",     "/a%0a",     "/%",    "/%2",        "/%zz",
        "/%+1",  "/%-1",       "/%2%65",    "/\\..%5c\n"}) {
    const Result<Path> path = path_of(bad);
    ASSERT_FALSE(path) << bad;
    EXPECT_EQ(path.error().kind(), ErrorKind::NotFound) << bad;
  }
}

}  // namespace
}  // namespace interlude::serve
