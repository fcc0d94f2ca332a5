#include "base/text.hpp"

#include <gtest/gtest.h>

namespace interlude {
namespace {

TEST(FirstCharacters, AreNeverCutWithinOne) {
  const std::string text = "aé€😀";  // 1, 2, 3 and 4 bytes
  EXPECT_EQ(first_characters(text, 100), text);
  EXPECT_EQ(first_characters(text, 10), text);
  for (const auto& [most, expected] : {std::pair(9, "aé€"),
                                       {7, "aé€"},
                                       {6, "aé€"},
                                       {5, "aé"},
                                       {3, "aé"},
                                       {2, "a"},
                                       {1, "a"},
                                       {0, ""}}) {
    EXPECT_EQ(first_characters(text, static_cast<std::size_t>(most)), expected) << most;
  }
}

TEST(Printable, LeavesWordsAsTheyAre) {
  for (const std::string text : {"", "plain", "Grüße, 東京 😀", "a/b \\ \"c\""}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, TakesWhatATerminalObeys) {
  EXPECT_EQ(printable("a\x1b[2J\n\x7f"), "a?[2J??");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "?31m")
      << "C1";
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b\xe2\x81\xa6"
                      "c\xe2\x80\xa8"),
            "a?b?c?")
      << "direction, lines";
}

TEST(Printable, TakesWhatIsNoCharacter) {
  EXPECT_EQ(printable("\xff"), "?");
  EXPECT_EQ(printable("a\xc3"), "a?") << "cut";
  EXPECT_EQ(printable("\xc0\xaf"), "??") << "longer than needed";
  EXPECT_EQ(printable("\xe0\x80\xaf"), "???");
  EXPECT_EQ(printable("\xed\xa0\x80"), "???") << "half of a pair";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????") << "beyond the last";
}

}  // namespace
}  // namespace interlude
