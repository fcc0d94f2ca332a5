#include "dpkg/control.hpp"

#include <gmock/gmock.h>

namespace interlude::dpkg {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Control, ReadsParagraphsAndContinuedFields) {
  const auto paragraphs = parse_paragraphs(
      "Package: one\nConffiles:\n /etc/one 123\n /etc/two 456\nno field\nVersion:  1.0 \n\n\n"
      "# remark: none\nPackage: two");
  ASSERT_EQ(paragraphs.size(), 2U);
  EXPECT_EQ(field_of(paragraphs[0], "Package"), "one");
  EXPECT_EQ(field_of(paragraphs[0], "Version"), "1.0");
  EXPECT_EQ(field_of(paragraphs[0], "Conffiles"), "/etc/one 123\n /etc/two 456");
  EXPECT_EQ(field_of(paragraphs[1], "Package"), "two");
  EXPECT_EQ(field_of(paragraphs[1], "Version"), "");
  EXPECT_THAT(parse_paragraphs(" no field before\n\n"), IsEmpty());
}

TEST(Control, ReadsDependenciesWithAlternativesAndBounds) {
  const auto dependencies =
      parse_dependencies("libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0, perl:any, ,x(<<1)");
  ASSERT_EQ(dependencies.size(), 4U);
  EXPECT_EQ(dependencies[0].text, "libc6 (>= 2.34)");
  EXPECT_THAT(dependencies[0].alternatives, ElementsAre(Relation{"libc6", ">=", "2.34"}));
  EXPECT_THAT(dependencies[1].alternatives,
              ElementsAre(Relation{"debconf", ">=", "0.5"}, Relation{"debconf-2.0", "", ""}));
  EXPECT_THAT(dependencies[2].alternatives, ElementsAre(Relation{"perl", "", ""}));
  EXPECT_THAT(dependencies[3].alternatives, ElementsAre(Relation{"x", "<<", "1"}));
}

TEST(Control, SaysWhichVersionsSatisfyABound) {
  const auto holds = [](const char* operation, const char* version) {
    return satisfies({"p", operation, "2.0"}, version);
  };
  EXPECT_TRUE(holds("<<", "1.9") && !holds("<<", "2.0"));
  EXPECT_TRUE(holds("<=", "2.0") && !holds("<=", "2.0-1"));
  EXPECT_TRUE(holds("=", "2.0") && !holds("=", "2.1"));
  EXPECT_TRUE(holds(">=", "2.0") && !holds(">=", "2.0~rc1"));
  EXPECT_TRUE(holds(">>", "2.0-1") && !holds(">>", "2.0"));
  EXPECT_TRUE(holds("", "0"));
}

}  // namespace
}  // namespace interlude::dpkg
