#include "publish/components.hpp"

#include <gmock/gmock.h>

namespace interlude::publish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Comparison changes_of(const std::vector<Path>& paths) {
  Comparison comparison;
  for (const Path& path : paths) {
    Change change;
    change.file.path = path;
    change.file.after = improvement::Entry{};
    comparison.changes.push_back(std::move(change));
  }
  return comparison;
}

std::vector<std::string> names_of(const std::vector<Part>& parts) {
  std::vector<std::string> names;
  for (const Part& part : parts) {
    names.push_back(part.component.name + ":" + std::to_string(part.component.files.size()));
  }
  return names;
}

improvement::Advisory about(std::string component) {
  return {"CVE-2026-1", std::move(component), "", "", {}};
}

TEST(ComponentRule, ReadsNameAndGlob) {
  const Result<ComponentRule> rule = parse_component_rule("openssl=/usr/lib/*=x");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->name, "openssl");
  EXPECT_EQ(rule->glob, "usr/lib/*=x");
  for (const char* text : {"openssl", "openssl=", "=x", "a b=x", ""}) {
    EXPECT_FALSE(parse_component_rule(text)) << text;
  }
}

TEST(Components, GivesRuledPathsTheirComponentAndTheRestTheOnlyAdvisorys) {
  const Comparison comparison = changes_of({"opt/z", "usr/lib/deep/a", "usr/lib/b"});
  const std::vector<ComponentRule> rules = {{"library", "usr/lib/**"}};
  const std::vector<improvement::Advisory> two = {about("library"), about("rest")};
  EXPECT_THAT(names_of(*split(comparison, {}, rules, two)), ElementsAre("library:2", "rest:1"));
  EXPECT_THAT(names_of(*split(comparison, {}, rules, {})), ElementsAre("library:2", "system:1"));
  const std::vector<improvement::Advisory> three = {about("x"), about("y")};
  EXPECT_THAT(names_of(*split(comparison, {}, {}, three)), ElementsAre("system:3"));
}

TEST(Components, TakeNameVersionsAndPackageFromPackages) {
  const Comparison comparison = changes_of({"usr/bin/openssl", "usr/lib/c.so", "usr/lib/s.so"});
  Sides sides;
  sides.baseline.packages = {{"libssl3", "openssl", "1", "amd64", 0},
                             {"openssl", "openssl", "1", "", 0}};
  sides.patched.packages = {{"openssl", "openssl", "2", "", 0},
                            {"libssl3", "openssl", "2", "amd64", 0}};
  sides.patched.owners = {{"usr/bin/openssl", 0}, {"usr/lib/c.so", 1}, {"usr/lib/s.so", 1}};
  const auto parts = split(comparison, sides, {}, {});
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 1U);
  const improvement::Component& component = parts->front().component;
  EXPECT_EQ(component.name, "openssl");
  EXPECT_EQ(component.package, "libssl3");
  EXPECT_EQ(component.version_before, "1");
  EXPECT_EQ(component.version_after, "2");
}

TEST(Components, RefuseAPathInTwoOfThemAndNothingAtAll) {
  const std::vector<ComponentRule> rules = {{"one", "usr/*"}, {"two", "usr/lib/*"}};
  EXPECT_THAT(split(changes_of({"usr/lib/a"}), {}, rules, {}).error().message(),
              HasSubstr("usr/lib/a matches two components, one and two"));
  EXPECT_THAT(split({}, {}, rules, {}).error().message(), HasSubstr("nothing differs"));
}

}  // namespace
}  // namespace interlude::publish
