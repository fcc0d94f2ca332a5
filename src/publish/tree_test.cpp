#include "publish/tree.hpp"

#include <gmock/gmock.h>

namespace interlude::publish {
namespace {

using improvement::EntryKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;

Item item_of(EntryKind kind, std::string target = "") {
  Item item;
  item.entry.kind = kind;
  item.entry.target = std::move(target);
  return item;
}

TEST(CanonicalPath, FollowsDirectoryLinksButNotTheLastPart) {
  const DirectoryLinks links = {{"lib", "usr/lib"}, {"usr/lib/now", "../share/x"}, {"abs", "/usr"}};
  EXPECT_EQ(*canonical_path("lib/a.so", links, false), "usr/lib/a.so");
  EXPECT_EQ(*canonical_path("lib", links, false), "lib");
  EXPECT_EQ(*canonical_path("lib", links, true), "usr/lib");
  EXPECT_EQ(*canonical_path("lib/now/a", links, false), "usr/share/x/a");
  EXPECT_EQ(*canonical_path("abs/lib/a", links, false), "usr/lib/a");
  EXPECT_EQ(*canonical_path("opt/a", links, false), "opt/a");
}

TEST(CanonicalPath, RefusesLinksThatLeadOutOrInCircles) {
  const DirectoryLinks links = {{"out", "../../x"}, {"a", "b"}, {"b", "a"}};
  EXPECT_THAT(canonical_path("out/f", links, false).error().message(),
              HasSubstr("out of the root"));
  EXPECT_THAT(canonical_path("a/f", links, false).error().message(), HasSubstr("in circles"));
}

TEST(CanonicalTree, MapsFilesUnderLibThroughMergedUsr) {
  Tree tree;
  tree.items["lib"] = item_of(EntryKind::Directory);
  tree.items["lib/a.so"] = item_of(EntryKind::Regular);
  tree.items["sbin/tool"] = item_of(EntryKind::Regular);
  tree.owners["lib/a.so"] = 3;
  tree.specials.insert("bin/null");
  const Result<Tree> canonical = canonical_tree(std::move(tree), merged_usr());
  ASSERT_TRUE(canonical);
  EXPECT_THAT(canonical->items,
              ElementsAre(Key("usr/lib"), Key("usr/lib/a.so"), Key("usr/sbin/tool")));
  EXPECT_EQ(canonical->owners.at("usr/lib/a.so"), 3U);
  EXPECT_THAT(canonical->specials, ElementsAre("usr/bin/null"));
}

TEST(CanonicalTree, RefusesTwoFilesAtOnePath) {
  Tree tree;
  tree.items["lib/a.so"] = item_of(EntryKind::Regular);
  tree.items["usr/lib/a.so"] = item_of(EntryKind::Regular);
  const Result<Tree> canonical = canonical_tree(std::move(tree), merged_usr());
  ASSERT_FALSE(canonical);
  EXPECT_EQ(canonical.error().kind(), ErrorKind::Conflict);
}

TEST(Documentation, IsRecognisedByItsPlace) {
  EXPECT_TRUE(is_documentation("usr/share/doc/x/changelog.gz"));
  EXPECT_TRUE(is_documentation("usr/share/man"));
  EXPECT_FALSE(is_documentation("usr/share/documents/x"));
  EXPECT_FALSE(is_documentation("usr/share/greeting"));
}

}  // namespace
}  // namespace interlude::publish
