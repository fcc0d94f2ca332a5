#include "advisory/advisory_file.hpp"

#include <gmock/gmock.h>

namespace interlude::advisory {
namespace {

using testing::ElementsAre;

std::string refusal(std::string_view text) {
  const auto all = parse_advisories(text, "a.toml");
  EXPECT_FALSE(all);
  if (all) return "";
  EXPECT_EQ(all.error().kind(), ErrorKind::Invalid);
  return all.error().message();
}

TEST(AdvisoryFile, ReadsEveryTableInOrder) {
  const auto all = parse_advisories(R"(
[[advisory]]
id = "CVE-2026-1"
component = "openssl"
impact = "A server could read memory."
description = """
Bounds are
  checked now."""
references = ["https://example.org/1", "https://example.org/2"]
[[advisory]]
id = "CVE-2026-2"
)",
                                    "a.toml");
  ASSERT_TRUE(all) << all.error().message();
  EXPECT_THAT(*all,
              ElementsAre(improvement::Advisory{"CVE-2026-1",
                                                "openssl",
                                                "A server could read memory.",
                                                "Bounds are checked now.",
                                                {"https://example.org/1", "https://example.org/2"}},
                          improvement::Advisory{"CVE-2026-2", "", "", "", {}}));
}

TEST(AdvisoryFile, RefusesWithFileAndLine) {
  EXPECT_EQ(refusal("[[advisory]]\nimpact = \"x\"\n"), "a.toml:1: id: is missing");
  EXPECT_EQ(refusal("[[advisory]]\nid = \"x\"\nimpcat = \"x\"\n"),
            "a.toml:3: impcat: unknown key; expected one of: id, component, impact, description, "
            "references");
  EXPECT_EQ(refusal("[[advisroy]]\nid = \"x\"\n"),
            "a.toml:1: advisroy: unknown key; expected one of: advisory");
  EXPECT_EQ(refusal("[[advisory]]\nid = 3\n"), "a.toml:2: id: expected text");
  EXPECT_EQ(refusal("[[advisory]]\nid = \"x\"\nimpact = \"\\u001b[31m\"\n"),
            "a.toml:3: impact: has a control character");
  EXPECT_EQ(refusal("[[advisory]]\nid = \"x\"\n[[advisory]]\nid = \"x\"\n"),
            "a.toml:4: id: \"x\" stands twice");
  EXPECT_EQ(refusal(""), "a.toml:1: has no [[advisory]] table");
}

}  // namespace
}  // namespace interlude::advisory
