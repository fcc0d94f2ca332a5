#include "publish/release.hpp"

#include <gmock/gmock.h>

#include "publish/workshop_test.hpp"

namespace interlude::publish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReleaseFile : public Workshop {
 protected:
  void SetUp() override {
    put("advisory.toml", "[[advisory]]\nid = \"CVE-2026-1\"\ncomponent = \"system\"\n");
  }

  Result<Release> read(const std::string& text) {
    put("release.toml", text);
    return read_release(disk_, at("release.toml"));
  }
  std::string refusal(const std::string& text) {
    const Result<Release> release = read(text);
    return release ? "not refused" : release.error().message();
  }
};

constexpr const char* kTop = "name = \"n\"\nadvisory = \"advisory.toml\"\nletter = \"b\"\n";

std::string cell(const std::string& baseline, const std::string& more = "") {
  return "[[cell]]\nplatform = \"p\"\nbaseline_version = \"" + baseline +
         "\"\nbaseline = \"old\"\npatched = [\"new\"]\n" + more;
}

TEST_F(ReleaseFile, GivesEveryCellWithPathsBesideIt) {
  const Result<Release> release =
      read(kTop +
           cell("1",
                "letter = \"a\"\ncomponent = [\"x=usr/*\"]\napply = \"live\"\n"
                "from = [\"/abs\"]\nallow = [\"capability=why\"]\n") +
           cell("2"));
  ASSERT_TRUE(release) << release.error().message();
  ASSERT_EQ(release->cells.size(), 2U);
  const Request& first = release->cells[0];
  EXPECT_EQ(first.id.text(), "local/p/1/a");
  EXPECT_EQ(first.release, "n");
  EXPECT_THAT(first.baseline, ElementsAre(at("old")));
  EXPECT_THAT(first.earlier, ElementsAre("/abs"));
  EXPECT_EQ(first.apply.others, improvement::Apply::Live);
  EXPECT_EQ(first.rules.front().glob, "usr/*");
  EXPECT_EQ(first.allowances.front().reason, "why");
  EXPECT_EQ(release->cells[1].id.text(), "local/p/2/b");
  EXPECT_EQ(release->cells[1].advisories.size(), 1U);
}

TEST_F(ReleaseFile, RefusesWithFileLineAndKey) {
  const std::string file = at("release.toml");
  EXPECT_THAT(refusal(kTop), HasSubstr("release.toml:1: has no [[cell]] table"));
  EXPECT_THAT(refusal(kTop + cell("1", "patchde = \"x\"\n")),
              HasSubstr(file + ":9: patchde: unknown"));
  EXPECT_THAT(refusal(kTop + cell("1") + cell("1")),
              HasSubstr(":9: this platform and baseline has"));
  EXPECT_THAT(refusal(kTop + cell("1/2")), HasSubstr(":4: baseline version \"1/2\" is not a name"));
  EXPECT_THAT(refusal(kTop + cell("1", "apply = \"now\"\n")), HasSubstr(":9: apply: \"now\""));
  EXPECT_THAT(refusal(kTop + cell("1", "component = \"x\"\n")), HasSubstr(":9: component: "));
  EXPECT_THAT(refusal("letter = \"a\"\n" + cell("1")), HasSubstr("advisory: is missing"));
  EXPECT_THAT(refusal("advisory = \"none.toml\"\n" + cell("1")), HasSubstr("none.toml"));
  EXPECT_THAT(refusal("advisory = \"advisory.toml\"\n" + cell("1")),
              HasSubstr("letter: is missing"));
}

TEST_F(ReleaseFile, ExamplesAreRead) {
  const Result<Release> release =
      read_release(disk_, INTERLUDE_SOURCE_DIR "/examples/release.toml");
  ASSERT_TRUE(release) << release.error().message();
  EXPECT_EQ(release->cells.size(), 2U);
  EXPECT_EQ(release->advisories.size(), 1U);
}

TEST_F(ReleaseFile, RefusesAnAdvisoryThatConcernsNoCell) {
  const Result<Release> release = read(kTop + cell("1"));
  ASSERT_TRUE(release);
  improvement::Manifest manifest{id(), "", {}, {}, {}};
  EXPECT_THAT(check_advisories_used(*release, {manifest}).error().message(),
              HasSubstr("advisory CVE-2026-1"));
  manifest.advisories = release->advisories;
  EXPECT_TRUE(check_advisories_used(*release, {manifest}));
}

}  // namespace
}  // namespace interlude::publish
