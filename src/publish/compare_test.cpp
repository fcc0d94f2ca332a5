#include "publish/compare.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "publish/workshop_test.hpp"

namespace interlude::publish {
namespace {

using improvement::Action;
using improvement::EntryKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Compare : public Workshop {
 protected:
  Comparison of(const std::vector<Path>& baseline, const std::vector<Path>& patched,
                bool with_documentation = false) {
    const Result<Sides> sides = read_sides(disk_, baseline, patched);
    EXPECT_TRUE(sides) << (sides ? "" : sides.error().message());
    const Result<Comparison> result = compare(*sides, with_documentation);
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    return result ? *result : Comparison{};
  }

  static std::vector<std::string> listed(const Comparison& comparison) {
    std::vector<std::string> lines;
    for (const Change& change : comparison.changes) {
      constexpr const char* kSigns[] = {"+", "~", "-"};
      lines.push_back(kSigns[static_cast<int>(change.file.action())] + change.file.path);
    }
    return lines;
  }
};

TEST_F(Compare, FindsWhatDiffersBetweenFolders) {
  for (const char* side : {"old/", "new/"}) {
    put(std::string(side) + "same", "same");
    put(std::string(side) + "mode", "mode");
    put(std::string(side) + "as-long", side);
    put(std::string(side) + "usr/share/doc/x", side);
  }
  put("old/gone/file", "gone");
  put("new/fresh/file", "fresh");
  link("a", "old/link");
  link("b", "new/link");
  ASSERT_TRUE(disk_.set_mode(at("new/mode"), 0755));
  const Comparison found = of({at("old")}, {at("new")});
  EXPECT_THAT(listed(found), ElementsAre("~as-long", "+fresh", "+fresh/file", "-gone", "-gone/file",
                                         "~link", "~mode"));
  EXPECT_EQ(found.changes[0].file.before->digest, crypto::sha256(as_bytes("old/")));
  EXPECT_EQ(found.changes[0].file.after->digest, crypto::sha256(as_bytes("new/")));
  EXPECT_EQ(found.changes[6].file.before->digest, found.changes[6].file.after->digest);
  EXPECT_THAT(listed(of({at("old")}, {at("new")}, true)), testing::Contains("~usr/share/doc/x"));
}

TEST_F(Compare, FindsAttributesAndOwnersInTreesOfRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to change owners";
  put("old/a", "a");
  put("new/a", "a");
  put("old/b", "b");
  put("new/b", "b");
  ASSERT_TRUE(disk_.set_owner(at("new/a"), 1, 2));
  const Status attribute = disk_.set_attribute(at("new/b"), "user.note", as_bytes("n"));
  EXPECT_THAT(listed(of({at("old")}, {at("new")})), attribute
                                                        ? testing::ElementsAreArray({"~a", "~b"})
                                                        : testing::ElementsAreArray({"~a"}));
  ASSERT_TRUE(disk_.set_owner(at("old"), 1000, 1000));
  ASSERT_TRUE(disk_.set_owner(at("old/a"), 1000, 1000));
  EXPECT_THAT(listed(of({at("old")}, {at("new")})), IsEmpty())
      << "a tree unpacked without privilege says nothing of owners, the other side does";
}

TEST_F(Compare, PackagesDeleteOnlyWhatTheirOldVersionOwned) {
  put("p1/usr/lib/x/a", "a");
  put("p1/usr/lib/x/gone", "gone");
  put("p1/usr/lib/gone-folder/f", "f");
  put("q1/usr/lib/other", "other");
  put("p2/usr/lib/x/a", "a 2");
  put("p2/usr/lib/fresh/b", "b");
  const Comparison found =
      of({package("p1", "x", "1"), package("q1", "y", "1")}, {package("p2", "x", "2")});
  EXPECT_THAT(listed(found),
              ElementsAre("+usr/lib/fresh", "+usr/lib/fresh/b", "-usr/lib/gone-folder/f",
                          "~usr/lib/x/a", "-usr/lib/x/gone"));
}

TEST_F(Compare, PackagesThatPatchAFolderDeleteNothing) {
  put("old/usr/lib/x/a", "a");
  put("old/usr/lib/x/kept", "kept");
  ASSERT_TRUE(disk_.set_mode(at("old/usr/lib/x"), 0700));
  put("p/usr/lib/x/a", "a 2");
  EXPECT_THAT(listed(of({at("old")}, {package("p", "x", "2")})), ElementsAre("~usr/lib/x/a"))
      << "and leave folders that exist as they are";
}

TEST_F(Compare, LeavesConfigurationToThePackageManager) {
  put("p1/etc/x.conf", "1");
  put("p1/a", "1");
  put("p1/DEBIAN/conffiles", "/etc/x.conf\n");
  const Path old = package("p1", "x", "1");
  put("p2/etc/x.conf", "2");
  put("p2/a", "2");
  put("p2/DEBIAN/conffiles", "/etc/x.conf\n");
  const Comparison found = of({old}, {package("p2", "x", "2")});
  EXPECT_THAT(listed(found), ElementsAre("~a"));
  EXPECT_THAT(found.configuration, ElementsAre("etc/x.conf"));
}

TEST_F(Compare, RefusesANewDeviceSocketOrPipe) {
  put("old/a", "a");
  put("new/a", "b");
  ASSERT_EQ(mkfifo(at("new/pipe").c_str(), 0600), 0);
  const Result<Comparison> result = compare(*read_sides(disk_, {at("old")}, {at("new")}), false);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind(), ErrorKind::Denied);
  EXPECT_THAT(result.error().message(), HasSubstr("pipe"));
  ASSERT_EQ(mkfifo(at("old/pipe").c_str(), 0600), 0);
  EXPECT_TRUE(compare(*read_sides(disk_, {at("old")}, {at("new")}), false))
      << "the baseline has it";
}

}  // namespace
}  // namespace interlude::publish
