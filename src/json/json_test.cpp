#include "json/json.hpp"

#include <gtest/gtest.h>

#include "crypto/digest.hpp"

namespace interlude::json {
namespace {

TEST(Parse, RefusesWhatTwoReadersCouldReadDifferently) {
  const std::vector<std::string> bad = {R"({"a":1,"a":2})",
                                        "1.5",
                                        "1e3",
                                        "18446744073709551616",
                                        "9223372036854775808",
                                        
                                        "01",
                                        R"({"a":1} x)",
                                        "",
                                        "{",
                                        "\"\xff\"",
                                        "[1,]",
                                        "// c\n1",
                                        std::string(40, '[') + std::string(40, ']')};
  for (const std::string& text : bad) {
    const Result<Value> value = parse(as_bytes(text));
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().kind(), ErrorKind::Corrupt);
  }
}

// A vector agreed on by python-tuf and tuf-js.
TEST(Canonical, MatchesTheReferencesByteForByte) {
  const Result<Value> value = parse(
      as_bytes(R"({"b":[true,null,-1,"q\"\\/\n\u20ac"],"a":{"Z":0,"\u00e9":1,"aa":2,"a":3}})"));
  ASSERT_TRUE(value);
  const std::string form = canonical(*value);
  EXPECT_EQ(form.size(), 65U);
  EXPECT_EQ(crypto::sha256(as_bytes(form)).hex(),
            "76c43f1cfbd623632470f4f4bd988023f402b36233c7b98c6165d52efe44e910");
}

TEST(Reader, NamesThePlaceOfWhatIsWrong) {
  const Value document = *parse(as_bytes(R"({"components":[{"size":"x"}]})"));
  const Reader reader(document, "manifest.json");
  const Result<std::uint64_t> size = reader.optional_elements("components")->at(0).number("size");
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().message(),
            "manifest.json: components[0].size: expected a whole number >= 0, found \"x\"");
  EXPECT_EQ(reader.text("id").error().message(), "manifest.json: member \"id\" is missing");
}

TEST(Reader, AbsentOptionalMembersHaveDefaultsButWrongOnesFail) {
  const Value document = *parse(as_bytes(R"({"a":-1,"b":true,"t":["x",1]})"));
  const Reader reader(document, "d");
  EXPECT_EQ(*reader.number_or("missing", 7), 7U);
  EXPECT_FALSE(reader.number_or("a", 7));
  EXPECT_TRUE(*reader.boolean("b"));
  EXPECT_FALSE(reader.texts("t"));
  EXPECT_TRUE(reader.texts("none")->empty());
}

}  // namespace
}  // namespace interlude::json
