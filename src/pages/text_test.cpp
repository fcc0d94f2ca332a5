#include "pages/text.hpp"

#include <gtest/gtest.h>

namespace interlude::pages {
namespace {

TEST(PageText, IsHarmlessInContentAndAttributes) {
  EXPECT_EQ(escaped("<script>'\"&amp;"), "&lt;script&gt;&#39;&quot;&amp;amp;");
  EXPECT_EQ(escaped("a\tb\r\nc"), "a b  c");
  EXPECT_EQ(escaped("Grüße, 日本語 🔒"), "Grüße, 日本語 🔒");
}

TEST(PageText, ShowsWhatIsNoTextAsAReplacement) {
  using namespace std::string_view_literals;
  const std::string instead = "\xEF\xBF\xBD";
  for (const std::string_view bad :
       {"\0"sv, "\x1b"sv, "\x7f"sv, "\xc2\x85"sv, "\xe2\x80\xae"sv, "\xe2\x81\xa6"sv,
        "\xe2\x80\xa8"sv, "\xef\xbf\xbe"sv, "\xef\xb7\x90"sv, "\x80"sv, "\xc2"sv, "\xff"sv}) {
    EXPECT_EQ(escaped("a" + std::string(bad) + "b"), "a" + instead + "b");
  }
  // Longer than need be, a surrogate, beyond Unicode, cut short: byte by byte.
  EXPECT_EQ(escaped("\xc0\xbc"), instead + instead);
  EXPECT_EQ(escaped("\xe0\x80\xbc"), instead + instead + instead);
  EXPECT_EQ(escaped("\xed\xa0\x80"), instead + instead + instead);
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), instead + instead + instead + instead);
  EXPECT_EQ(escaped("\xe2\x82<"), instead + instead + "&lt;");
}

TEST(PageText, LinksToTheWebOnly) {
  EXPECT_TRUE(is_web_address("https://example.org/CVE?a=b#c"));
  EXPECT_TRUE(is_web_address("http://example.org/"));
  for (const char* other : {"javascript:alert(1)", "data:text/html,x", "//x", "CVE-2026-1", "",
                            "https://x\" onclick=", "https://x y", " https://x"}) {
    EXPECT_FALSE(is_web_address(other)) << other;
  }
}

TEST(PageText, IsWrittenForPeople) {
  const sys::Time time = *sys::parse_time("2026-11-04T06:52:09Z");
  EXPECT_EQ(date_text(time), "4 November 2026");
  EXPECT_EQ(time_text(time), "4 November 2026, 06:52 UTC");
  EXPECT_EQ(span_text(std::chrono::minutes(90)), "90\u00a0min");
  EXPECT_EQ(span_text(std::chrono::hours(36)), "36\u00a0h");
  EXPECT_EQ(span_text(std::chrono::hours(24)), "24\u00a0h");
  EXPECT_EQ(span_text(std::chrono::hours(72)), "3\u00a0days");
  EXPECT_EQ(share_text(100), "1\u00a0%");
  EXPECT_EQ(share_text(50), "0.5\u00a0%");
  EXPECT_EQ(share_text(1234), "12.34\u00a0%");
  EXPECT_EQ(share_text(1205), "12.05\u00a0%");
}

TEST(PageText, IsBase64ForBrowsers) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("\xff\xfe\xfd\xfc"), "//79/A==");
}

}  // namespace
}  // namespace interlude::pages
