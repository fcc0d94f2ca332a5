#include "publish/changelog.hpp"

#include <gmock/gmock.h>

namespace interlude::publish {
namespace {

using testing::ElementsAre;

constexpr std::string_view kChangelog =
    R"(openssl (3.0.22-1~deb12u2) bookworm-security; urgency=medium

  * CVE-2026-0001 (Out-of-bounds read
    in the parser).
  * Update the tests.

 -- A Maintainer <a@example.org>  Tue, 03 Nov 2026 20:00:00 +0100

openssl (3.0.21-1) bookworm; urgency=medium

  * Import 3.0.21
    - CVE-2026-0002 and CVE-2026-0003 (Two more).
    - CVE-2026-0001 again.

 -- A Maintainer <a@example.org>  Tue, 06 Oct 2026 20:00:00 +0100

openssl (3.0.20-1) bookworm; urgency=medium

  * CVE-2025-9999 is older.

 -- A Maintainer <a@example.org>  Tue, 01 Sep 2026 20:00:00 +0100
)";

std::vector<std::string> shown(const ChangelogFixes& fixes) {
  std::vector<std::string> lines;
  for (const improvement::Advisory& advisory : fixes.advisories) {
    lines.push_back(advisory.id + ": " + advisory.description);
  }
  return lines;
}

TEST(Changelog, GivesEachCveWithTheItemThatNamesIt) {
  const ChangelogFixes fixes = fixes_since(kChangelog, "3.0.20-1");
  EXPECT_TRUE(fixes.found_start);
  EXPECT_THAT(shown(fixes),
              ElementsAre("CVE-2026-0001: CVE-2026-0001 (Out-of-bounds read in the parser).",
                          "CVE-2026-0002: CVE-2026-0002 and CVE-2026-0003 (Two more).",
                          "CVE-2026-0003: CVE-2026-0002 and CVE-2026-0003 (Two more)."));
}

TEST(Changelog, ReadsOnlyTheNewestEntryWhereTheOlderVersionIsMissing) {
  const ChangelogFixes fixes = fixes_since(kChangelog, "2.0");
  EXPECT_FALSE(fixes.found_start);
  EXPECT_EQ(fixes.advisories.size(), 1U);
}

TEST(Changelog, GivesOneAdvisoryWithAllTextWhereNoCveIsNamed) {
  const ChangelogFixes fixes = fixes_since(
      "x (2-1) stable; urgency=low\n\n  * Fix a\tcrash.\n  * M\xc3\xa4h.\n\n -- N <n@x>  Mon\n",
      "1");
  EXPECT_THAT(shown(fixes), ElementsAre("x-2-1: Fix a crash. M??h."));
}

TEST(Changelog, FindsNothingInOtherText) {
  EXPECT_TRUE(fixes_since("", "1").advisories.empty());
  EXPECT_TRUE(fixes_since("CVE-2026-0001 without an entry\n", "1").advisories.empty());
}

}  // namespace
}  // namespace interlude::publish
