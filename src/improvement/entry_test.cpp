#include "improvement/entry.hpp"

#include <gmock/gmock.h>

#include "sys/sim/file_system.hpp"

namespace interlude::improvement {
namespace {

using testing::HasSubstr;
using testing::Key;
using testing::UnorderedElementsAre;

class Observe : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* directory : {"/tree", "/tree/usr", "/tree/usr/lib", "/outside"}) {
      ASSERT_TRUE(disk_.make_directory(directory, 0755));
    }
    ASSERT_TRUE(disk_.write("/tree/usr/lib/a.so", as_bytes("code"), 0755));
    ASSERT_TRUE(disk_.make_symlink("a.so", "/tree/usr/lib/link.so"));
    ASSERT_TRUE(disk_.write("/outside/secret", as_bytes("x"), 0600));
    ASSERT_TRUE(disk_.make_symlink("/outside", "/tree/escape"));
    ASSERT_TRUE(disk_.make_symlink("usr/lib", "/tree/lib"));
  }

  Result<std::optional<Entry>> at(const Path& path) { return observe(disk_, "/tree", path); }

  sys::sim::FileSystem disk_;
};

TEST_F(Observe, DescribesAFileWithContentAndMetadata) {
  ASSERT_TRUE(disk_.set_owner("/tree/usr/lib/a.so", 7, 8));
  ASSERT_TRUE(disk_.set_attribute("/tree/usr/lib/a.so", "user.note", as_bytes("n")));
  ASSERT_TRUE(disk_.set_attribute("/tree/usr/lib/a.so", "security.selinux", as_bytes("s")));
  const auto found = at("usr/lib/a.so");
  ASSERT_TRUE(found && *found);
  const Entry& entry = **found;
  EXPECT_EQ(entry.kind, EntryKind::Regular);
  EXPECT_EQ(entry.mode, 0755U);
  EXPECT_EQ(entry.uid, 7U);
  EXPECT_EQ(entry.gid, 8U);
  EXPECT_EQ(entry.size, 4U);
  EXPECT_EQ(entry.digest, crypto::sha256(as_bytes("code")));
  EXPECT_THAT(entry.attributes, UnorderedElementsAre(Key("user.note")));
}

TEST_F(Observe, DescribesALinkItselfAndADirectory) {
  const auto link = at("usr/lib/link.so");
  ASSERT_TRUE(link && *link);
  EXPECT_EQ((*link)->kind, EntryKind::Symlink);
  EXPECT_EQ((*link)->target, "a.so");
  EXPECT_EQ((*link)->mode, kLinkMode);
  const auto directory = at("usr/lib");
  ASSERT_TRUE(directory && *directory);
  EXPECT_EQ((*directory)->kind, EntryKind::Directory);
  EXPECT_EQ((*directory)->size, 0U);
}

TEST_F(Observe, FindsNothingWhereFileOrDirectoryIsMissing) {
  for (const char* path : {"usr/lib/b.so", "opt/b.so", "usr/share/deep/er"}) {
    const auto found = at(path);
    ASSERT_TRUE(found) << path;
    EXPECT_FALSE(*found) << path;
  }
}

TEST_F(Observe, NeverFollowsALinkInAnyPart) {
  for (const char* path : {"escape/secret", "lib/a.so", "usr/lib/link.so/x", "usr/lib/a.so/x"}) {
    const auto found = at(path);
    ASSERT_FALSE(found) << path;
    EXPECT_EQ(found.error().kind(), ErrorKind::Denied) << path;
  }
}

TEST_F(Observe, RefusesPathsThatAreNotCanonical) {
  for (const char* path : {"", "/usr/lib/a.so", "usr/../usr/lib/a.so", "usr//lib/a.so"}) {
    const auto found = at(path);
    ASSERT_FALSE(found) << path;
    EXPECT_EQ(found.error().kind(), ErrorKind::Invalid) << path;
  }
}

Entry plain_file() {
  Entry entry;
  entry.size = 1;
  entry.digest = crypto::sha256(as_bytes("a"));
  return entry;
}

TEST(Difference, ShowsBothDigestsInFull) {
  Entry other = plain_file();
  other.digest = crypto::sha256(as_bytes("b"));
  const auto found = difference(plain_file(), other, true);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->expected, HasSubstr(plain_file().digest.hex()));
  EXPECT_THAT(found->found, HasSubstr(other.digest.hex()));
}

TEST(Difference, SeesEveryMemberAndOwnersOnlyWhereTheyCount) {
  EXPECT_FALSE(difference(plain_file(), plain_file(), true));
  Entry mode = plain_file();
  mode.mode = 0600;
  EXPECT_TRUE(difference(plain_file(), mode, false));
  Entry owner = plain_file();
  owner.uid = 1000;
  EXPECT_TRUE(difference(plain_file(), owner, true));
  EXPECT_FALSE(difference(plain_file(), owner, false));
  Entry capability = plain_file();
  capability.attributes["security.capability"] = {1};
  EXPECT_TRUE(difference(plain_file(), capability, true));
  EXPECT_FALSE(difference(plain_file(), capability, false));
  Entry link = plain_file();
  link.kind = EntryKind::Symlink;
  link.target = "x";
  EXPECT_THAT(difference(plain_file(), link, false)->found, HasSubstr("symbolic link to \"x\""));
}

TEST_F(Observe, OwnersCountOnlyInATreeThatBelongsToRoot) {
  ASSERT_TRUE(disk_.set_owner("/tree", 1000, 1000));
  EXPECT_FALSE(*keeps_owners(disk_, "/tree"));
  ASSERT_TRUE(disk_.set_owner("/tree", 0, 0));
  EXPECT_TRUE(*keeps_owners(disk_, "/tree"));
}

}  // namespace
}  // namespace interlude::improvement
