#include "document/table.hpp"

#include <gmock/gmock.h>

namespace interlude::document {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Table parsed(std::string_view text) {
  const Result<Table> table = parse_table(text, "x.toml");
  EXPECT_TRUE(table) << (table ? "" : table.error().message());
  return *table;
}

TEST(Table, GivesTextsListsAndTables) {
  const Table table =
      parsed("name = \"n\"\nlist = [\"a\", \"b\"]\n[[cell]]\nk = \"1\"\n[[cell]]\nk = \"2\"\n");
  EXPECT_EQ(*table.text("name"), "n");
  EXPECT_EQ(*table.text_or("other", "o"), "o");
  EXPECT_THAT(*table.texts("list"), ElementsAre("a", "b"));
  EXPECT_THAT(*table.texts("name"), ElementsAre("n"));
  EXPECT_THAT(*table.texts("none"), IsEmpty());
  const auto cells = table.tables("cell");
  ASSERT_TRUE(cells);
  ASSERT_EQ(cells->size(), 2U);
  EXPECT_EQ(*(*cells)[1].text("k"), "2");
  EXPECT_THAT(*table.tables("none"), IsEmpty());
}

TEST(Table, ErrorsNameFileLineAndKey) {
  const Table table = parsed("\nnumber = 1\nlist = [1]\n[[cell]]\n\nk = 1\n");
  EXPECT_EQ(table.text("number").error().message(), "x.toml:2: number: expected text");
  EXPECT_EQ(table.text("none").error().message(), "x.toml:1: none: is missing");
  EXPECT_EQ(table.texts("list").error().message(), "x.toml:3: list: expected a list of texts");
  EXPECT_EQ(table.tables("number").error().message(),
            "x.toml:2: number: expected [[number]] tables");
  EXPECT_EQ((*table.tables("cell"))[0].text("none").error().message(),
            "x.toml:4: none: is missing");
}

TEST(Table, GivesFlagsAndNumbersWithinBounds) {
  const Table table = parsed("flag = true\nwhole = 3\nshare = 0.5\nnone = nan\ntext = \"3\"\n");
  EXPECT_EQ(*table.flag("flag"), true);
  EXPECT_EQ(*table.integer("whole", 0, 3), 3);
  EXPECT_EQ(*table.number("share", 0, 1), 0.5);
  EXPECT_EQ(*table.number("whole", 0, 100), 3);
  EXPECT_EQ(table.line("share"), 3U);
  EXPECT_EQ(table.flag("whole").error().message(), "x.toml:2: whole: expected true or false");
  EXPECT_EQ(table.flag("absent").error().message(), "x.toml:1: absent: is missing");
  EXPECT_EQ(table.integer("absent", 0, 1).error().message(), "x.toml:1: absent: is missing");
  EXPECT_EQ(table.number("absent", 0, 1).error().message(), "x.toml:1: absent: is missing");
  EXPECT_EQ(table.integer("whole", 0, 2).error().message(),
            "x.toml:2: whole: expected a whole number, 0 to 2");
  for (const char* key : {"flag", "share", "text"}) EXPECT_FALSE(table.integer(key, 0, 9)) << key;
  for (const char* key : {"flag", "none", "text"}) EXPECT_FALSE(table.number(key, 0, 9)) << key;
  EXPECT_EQ(table.number("share", 1, 9).error().message(),
            "x.toml:3: share: expected a number, 1 to 9");
}

TEST(Table, RefusesUnknownKeysByName) {
  const Table table = parsed("name = \"n\"\nnmae = \"n\"\n");
  EXPECT_TRUE(table.only({"name", "nmae"}));
  const Status refused = table.only({"name", "cell"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(refused.error().message(), "x.toml:2: nmae: unknown key; expected one of: name, cell");
}

TEST(Table, RefusesWhatIsNotToml) {
  for (const char* text : {"name", "a = \"", "a = 1\na = 2\n", "[[a]]\n[a]\n", "a = \"\xff\"\n"}) {
    const Result<Table> table = parse_table(text, "x.toml");
    ASSERT_FALSE(table) << text;
    EXPECT_EQ(table.error().kind(), ErrorKind::Invalid);
    EXPECT_THAT(table.error().message(), HasSubstr("x.toml:"));
  }
}

TEST(TomlString, ReadsBackAsWhatWasWritten) {
  for (const std::string& text :
       {std::string(), std::string("plain"), std::string("\"\\\t\x01\x7f ü"), std::string("a\nb\n"),
        std::string("\n\"\"\"\n\\\n"), std::string("\r\n")}) {
    const Table table = parsed("k = " + toml_string(text) + "\n");
    EXPECT_EQ(*table.text("k"), text);
  }
}

}  // namespace
}  // namespace interlude::document
