#include "improvement/letter.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace interlude::improvement {
namespace {

using testing::HasSubstr;

TEST(Letter, IsOrderedByLengthThenAlphabet) {
  const std::vector<std::string> ascending = {"a", "b", "z", "aa", "ab", "ba", "zz", "aaa", "zzzz"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(*Letter::parse(ascending[i]) < *Letter::parse(ascending[j]), i < j)
          << ascending[i] << " and " << ascending[j];
      EXPECT_EQ(*Letter::parse(ascending[i]) == *Letter::parse(ascending[j]), i == j);
    }
  }
}

TEST(Letter, RefusesEverythingButOneToFourLowerCaseLetters) {
  for (const char* text : {"", "A", "1", "a1", "aaaaa", "(a)", "a ", "ä"}) {
    const Result<Letter> letter = Letter::parse(text);
    ASSERT_FALSE(letter) << text;
    EXPECT_EQ(letter.error().kind(), ErrorKind::Invalid);
  }
}

TEST(Id, ReadsWhatItWrites) {
  const Result<Id> id = Id::parse("local/debian-12-x86_64/12.11/aa");
  ASSERT_TRUE(id) << id.error().message();
  EXPECT_EQ(id->source, "local");
  EXPECT_EQ(id->platform, "debian-12-x86_64");
  EXPECT_EQ(id->baseline, "12.11");
  EXPECT_EQ(id->letter.text(), "aa");
  EXPECT_EQ(id->text(), "local/debian-12-x86_64/12.11/aa");
}

TEST(Id, RefusesOtherShapesAndNamesTheField) {
  for (const char* text : {"", "a", "a/b/c", "a/b/c/d/e", "/b/c/d", "a/b/c/", "a/b/c/D"}) {
    EXPECT_FALSE(Id::parse(text)) << text;
  }
  EXPECT_THAT(Id::parse("local/../12.11/a").error().message(), HasSubstr("platform"));
}

TEST(RoleName, JoinsPlatformAndBaseline) {
  EXPECT_EQ(role_name("debian-12-x86_64", "12.11"), "debian-12-x86_64-12.11");
}

}  // namespace
}  // namespace interlude::improvement
