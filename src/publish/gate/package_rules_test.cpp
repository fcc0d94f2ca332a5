#include "publish/gate/package_rules.hpp"

#include <gmock/gmock.h>

#include "publish/gate.hpp"
#include "publish/workshop_test.hpp"

namespace interlude::publish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PackageRules : public Workshop {
 protected:
  void SetUp() override {
    put("old/usr/bin/x", "1");
    put("new/usr/bin/x", "2");
  }

  /// A member of the control archive, of the next package made of `side`.
  void control(const Path& side, const std::string& member, const std::string& text) {
    put(side + "/DEBIAN/" + member, text, 0755);
  }

  std::vector<std::string> judged(const Path& baseline, const std::vector<Path>& patched) {
    const Result<Draft> draft = prepare(disk_, request({baseline}, patched));
    EXPECT_TRUE(draft) << (draft ? "" : draft.error().message());
    std::vector<std::string> lines;
    if (!draft) return lines;
    for (const Finding& one : draft->improvement.gate.blockers) {
      lines.push_back("blocker " + std::string(one.rule) + " " + line_of(one));
    }
    for (const Finding& one : draft->improvement.gate.warnings) {
      lines.push_back("warning " + std::string(one.rule) + " " + line_of(one));
    }
    return lines;
  }

  std::vector<std::string> judged_packages(const std::string& old_fields = "",
                                           const std::string& new_fields = "") {
    const Path old = package("old", "x", "1.0-1", old_fields);
    return judged(old, {package("new", "x", "1.0-2", new_fields)});
  }

  /// What a folder's dpkg database says of the package, and of others.
  void installed(const std::string& fields) {
    put("old/var/lib/dpkg/status",
        "Package: x\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\n" + fields);
  }
};

TEST_F(PackageRules, BlockAMaintainerScriptThatChanges) {
  control("old", "postinst", "#!/bin/sh\nset -e\nold\n");
  control("new", "postinst", "#!/bin/sh\nset -e\nnew\n");
  control("new", "prerm", "#!/bin/sh\n");
  EXPECT_THAT(judged_packages(),
              ElementsAre(HasSubstr("x/postinst (x): a maintainer script changes: it does not run "
                                    "on devices [was: line 3: old; is: line 3: new]"),
                          HasSubstr("x/prerm")));
}

TEST_F(PackageRules, PassAScriptThatNamesItsOwnVersion) {
  control("old", "postinst", "#!/bin/sh\n[ \"$ver\" = \"1.0-1\" ] || true\n");
  control("new", "postinst", "#!/bin/sh\n[ \"$ver\" = \"1.0-2\" ] || true\n");
  EXPECT_THAT(judged_packages(), IsEmpty());
}

TEST_F(PackageRules, BlockTriggersThatChange) {
  control("new", "triggers", "activate-noawait ldconfig\n");
  EXPECT_THAT(judged_packages(), ElementsAre(HasSubstr("blocker triggers x/triggers")));
}

TEST_F(PackageRules, BlockConffilesThatComeGoOrChange) {
  for (const auto& [side, content, names] :
       {std::tuple{"old", "1", "/etc/kept\n/etc/gone\n"}, {"new", "2", "/etc/kept\n/etc/come\n"}}) {
    put(std::string(side) + "/etc/kept", content);
    put(std::string(side) + (content == std::string("1") ? "/etc/gone" : "/etc/come"), "x");
    control(side, "conffiles", names);
  }
  EXPECT_THAT(
      judged_packages(),
      ElementsAre(HasSubstr("conffile etc/come (x): is configuration that the package adds"),
                  HasSubstr("conffile etc/gone (x): is configuration no more"),
                  HasSubstr("conffile etc/kept (x): is configuration and differs")));
}

TEST_F(PackageRules, WarnOfDependenciesThatCannotBeKnown) {
  EXPECT_THAT(
      judged_packages("Depends: a (>= 1), b (= 1.0-1)\n",
                      "Depends: a (>= 1), b (= 1.0-2), c | d\n"),
      ElementsAre(HasSubstr("warning dependency x/Depends (x): depends on more: b (= 1.0-2) "
                            "[was: b (= 1.0-1)"),
                  HasSubstr("a new dependency: c | d")));
  EXPECT_THAT(judged_packages("Depends: a (>= 2), b (<< 3)\n", "Depends: a (>= 1), b (<< 4)\n"),
              IsEmpty());
}

TEST_F(PackageRules, PassADependencyThatComesAlong) {
  const Path old = package("old", "x", "1.0-1", "Depends: y (= 1.0-1)\n");
  const Path fresh = package("new", "x", "1.0-2", "Depends: y (= 1.0-2)\n");
  put("other/usr/bin/y", "y");
  EXPECT_THAT(judged(old, {fresh, package("other", "y", "1.0-2", "Source: x\n")}), IsEmpty());
}

TEST_F(PackageRules, KnowAFoldersPackagesFromItsDatabase) {
  installed(
      "Depends: a (>= 1)\nConffiles:\n /etc/x 0123\n\nPackage: a\nStatus: install ok installed\n"
      "Version: 1.5\nProvides: v\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: "
      "9\n");
  put("old/var/lib/dpkg/info/x.postinst", "old\n");
  put("old/etc/x", "as installed");
  put("new/etc/x", "as packaged");
  control("new", "conffiles", "/etc/x\n");
  control("new", "postinst", "new\n");
  const Path fresh =
      package("new", "x", "1.0-2", "Depends: a (>= 1.6), v, gone\nPre-Depends: a (>= 1.5)\n");
  EXPECT_THAT(
      judged(at("old"), {fresh}),
      ElementsAre(HasSubstr("blocker dependency x/Depends (x): depends on more: a (>= 1.6)"),
                  HasSubstr("blocker dependency x/Depends (x): a new dependency: gone"),
                  HasSubstr("blocker script x/postinst"),
                  HasSubstr("warning conffile etc/x (x): is configuration and differs"),
                  HasSubstr("warning dependency x/Depends (x): a new dependency: v")));
}

TEST_F(PackageRules, WarnWhereTheBaselineSaysNothing) {
  EXPECT_THAT(judged(at("old"), {package("new", "x", "1.0-2")}),
              ElementsAre(HasSubstr("warning script x: the baseline does not say")));
}

}  // namespace
}  // namespace interlude::publish
