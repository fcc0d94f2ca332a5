#include "publish/input.hpp"

#include <gmock/gmock.h>

#include "publish/deb.hpp"
#include "publish/workshop_test.hpp"

namespace interlude::publish {
namespace {

using improvement::EntryKind;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::UnorderedElementsAre;

class Input : public Workshop {
 protected:
  std::string text_of(const Item& item) {
    const auto file = item.content();
    return file ? to_text(*(*file)->view()) : file.error().message();
  }
  std::string refusal(const std::vector<Path>& baseline, const std::vector<Path>& patched) {
    const Result<Sides> sides = read_sides(disk_, baseline, patched);
    return sides ? "not refused" : sides.error().message();
  }
};

TEST_F(Input, ReadsAPackageWithOwnersModesLinksAndHardLinks) {
  put("p/usr/lib/a.so", "code", 0755);
  link("a.so", "p/usr/lib/b.so");
  ASSERT_TRUE(disk_.make_hard_link(at("p/usr/lib/a.so"), at("p/usr/lib/c.so")));
  put("p/etc/x.conf", "setting");
  put("p/DEBIAN/conffiles", "/etc/x.conf\n");
  const Path deb = package("p", "libx1", "1:2.0-1", "Source: xsource (2.0)\n");
  const Result<Bytes> bytes = disk_.read(deb, kLargestDeb);
  ASSERT_TRUE(bytes);
  const Result<Tree> tree = read_deb(*bytes, "libx1.deb");
  ASSERT_TRUE(tree) << tree.error().message();
  const Package& about = tree->packages.front();
  EXPECT_EQ(about.name, "libx1");
  EXPECT_EQ(about.source, "xsource");
  EXPECT_EQ(about.version, "1:2.0-1");
  EXPECT_EQ(about.architecture, "amd64");
  EXPECT_EQ(about.download_bytes, bytes->size());
  EXPECT_THAT(tree->configuration, ElementsAre("etc/x.conf"));
  const Item& code = tree->items.at("usr/lib/a.so");
  EXPECT_EQ(code.entry.mode, 0755U);
  EXPECT_EQ(code.entry.uid, 0U);
  EXPECT_EQ(text_of(code), "code");
  EXPECT_EQ(text_of(tree->items.at("usr/lib/c.so")), "code");
  EXPECT_EQ(tree->items.at("usr/lib/b.so").entry.kind, EntryKind::Symlink);
  EXPECT_EQ(tree->items.at("usr/lib/b.so").entry.target, "a.so");
  EXPECT_EQ(tree->items.at("usr/lib").entry.kind, EntryKind::Directory);
}

TEST_F(Input, ReadsEveryCompressionOfPackages) {
  put("p/usr/lib/a.so", "code");
  package("p", "x", "1");
  for (const char* method : {"-Zgzip", "-Zxz", "-Zzstd", "-Znone"}) {
    put("p/DEBIAN/control",
        "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: n <n@x>\nDescription: t\n");
    const auto made =
        processes_.run({"dpkg-deb", "--root-owner-group", method, "-b", at("p"), at("y.deb")}, "");
    if (made->exit_code != 0) continue;  // this dpkg-deb was built without that method
    const Result<Tree> tree = read_deb(*disk_.read(at("y.deb"), kLargestDeb), "y.deb");
    ASSERT_TRUE(tree) << method << tree.error().message();
    EXPECT_THAT(tree->items, Contains(Key("usr/lib/a.so")));
  }
}

TEST_F(Input, RefusesEveryTruncationOfAPackage) {
  put("p/usr/lib/a.so", "code");
  const Result<Bytes> bytes = disk_.read(package("p", "x", "1"), kLargestDeb);
  ASSERT_TRUE(bytes);
  // The last byte is the padding of ar.
  for (std::size_t size = 0; size + 1 < bytes->size(); ++size) {
    const Result<Tree> tree = read_deb(ByteView(*bytes).first(size), "x.deb");
    ASSERT_FALSE(tree) << size;
    EXPECT_THAT(tree.error().message(), HasSubstr("x.deb"));
  }
}

TEST_F(Input, MapsPathsThroughTheBaselineFoldersLinks) {
  put("old/usr/lib/a.so", "old");
  link("usr/lib", "old/lib");
  put("p/lib/a.so", "new");
  const Result<Sides> sides = read_sides(disk_, {at("old")}, {package("p", "x", "1")});
  ASSERT_TRUE(sides) << sides.error().message();
  EXPECT_EQ(text_of(sides->patched.items.at("usr/lib/a.so")), "new");
  EXPECT_FALSE(sides->patched.items.contains("lib/a.so"));
}

TEST_F(Input, TakesPackagesAloneToBeOfAMergedUsr) {
  put("p/lib/a.so", "old");
  put("q/lib/a.so", "new");
  const Result<Sides> sides = read_sides(disk_, {package("p", "x", "1")}, {package("q", "x", "2")});
  ASSERT_TRUE(sides);
  EXPECT_TRUE(sides->baseline.items.contains("usr/lib/a.so"));
  EXPECT_TRUE(sides->patched.items.contains("usr/lib/a.so"));
}

TEST_F(Input, NamesSpecialFilesOfAFolder) {
  put("old/a", "a");
  ASSERT_EQ(mkfifo(at("old/pipe").c_str(), 0600), 0);
  const Result<Sides> sides = read_sides(disk_, {at("old")}, {at("old")});
  ASSERT_TRUE(sides);
  EXPECT_THAT(sides->baseline.specials, ElementsAre("pipe"));
}

TEST_F(Input, RefusesMixedInputsWithWhatToDo) {
  put("old/a", "a");
  put("p/a", "a");
  put("not-a-package", "!<arch>\nrubbish");
  const Path deb = package("p", "x", "1");
  EXPECT_THAT(refusal({at("old"), deb}, {deb}), HasSubstr("baseline: expected one folder, or"));
  EXPECT_THAT(refusal({deb}, {at("old")}), HasSubstr("patched is a folder"));
  EXPECT_THAT(refusal({at("nowhere.deb")}, {deb}), HasSubstr("nowhere.deb"));
  EXPECT_THAT(refusal({deb}, {deb, deb}), HasSubstr("package x is given twice"));
  EXPECT_THAT(refusal({deb}, {at("not-a-package")}), HasSubstr("not-a-package"));
}

TEST_F(Input, RefusesTwoPackagesWithOneFileAndOtherArchitectures) {
  put("p/a", "a");
  put("q/a", "a");
  const Path x = package("p", "x", "1");
  EXPECT_THAT(refusal({x}, {x, package("q", "y", "1")}), HasSubstr("a is in the packages x and y"));
  put("q/DEBIAN/control",
      "Package: x\nVersion: 1\nArchitecture: arm64\nMaintainer: n <n@x>\nDescription: t\n");
  ASSERT_EQ(processes_.run({"dpkg-deb", "-b", at("q"), at("arm.deb")}, "")->exit_code, 0);
  EXPECT_THAT(refusal({x}, {at("arm.deb")}),
              HasSubstr("is for amd64 in the baseline and for arm64"));
}

}  // namespace
}  // namespace interlude::publish
