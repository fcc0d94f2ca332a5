// What a power cut leaves on the simulated disk.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "sys/sim/file_system.hpp"
#include "sys/sim/test_text.hpp"

namespace interlude::sys::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void put(FileSystem& disk, const Path& file, std::string_view content) {
  ASSERT_TRUE(disk.write(file, as_bytes(content), 0644));
}

void put_synced(FileSystem& disk, const Path& file, std::string_view content) {
  put(disk, file, content);
  ASSERT_TRUE(disk.sync(file));
  ASSERT_TRUE(disk.sync(parent_of(file)));
}

TEST(Durability, KeepsContentAndNameOnlyOnceBothAreSynced) {
  FileSystem disk;
  put(disk, "/neither", "x");
  put(disk, "/content", "x");
  ASSERT_TRUE(disk.sync("/content"));
  FileSystem names_synced = disk;
  ASSERT_TRUE(names_synced.sync("/"));
  disk.restart();
  EXPECT_THAT(*disk.list("/"), IsEmpty());
  names_synced.restart();
  EXPECT_EQ(text(names_synced, "/content"), "x");
  EXPECT_EQ(text(names_synced, "/neither"), "");  // the classic empty file
}

TEST(Durability, TakesUnsyncedChangesOfContentAndMetadataBack) {
  FileSystem disk;
  put_synced(disk, "/a", "old");
  put(disk, "/a", "new");
  ASSERT_TRUE(disk.set_mode("/a", 0600));
  ASSERT_TRUE(disk.set_owner("/a", 7, 8));
  ASSERT_TRUE(disk.set_attribute("/a", "user.x", as_bytes("y")));
  FileSystem synced = disk;
  ASSERT_TRUE(synced.sync("/a"));
  disk.restart();
  EXPECT_EQ(text(disk, "/a"), "old");
  EXPECT_EQ(disk.info("/a")->mode, 0644U);
  EXPECT_EQ(disk.info("/a")->uid, 0U);
  EXPECT_THAT(*disk.attributes("/a"), IsEmpty());
  synced.restart();
  EXPECT_EQ(text(synced, "/a"), "new");
  EXPECT_EQ(synced.info("/a")->mode, 0600U);
  EXPECT_EQ(synced.info("/a")->gid, 8U);
  EXPECT_EQ(synced.attributes("/a")->size(), 1U);
}

TEST(Durability, BringsUnsyncedRemovalsBack) {
  FileSystem disk;
  put_synced(disk, "/a", "x");
  ASSERT_TRUE(disk.remove("/a"));
  disk.restart();
  EXPECT_EQ(text(disk, "/a"), "x");
  ASSERT_TRUE(disk.remove("/a"));
  ASSERT_TRUE(disk.sync("/"));
  disk.restart();
  EXPECT_EQ(text(disk, "/a"), "not-found");
}

TEST(Durability, NeedsEveryDirectoryOnTheWaySynced) {
  FileSystem disk;
  ASSERT_TRUE(disk.make_directory("/a", 0755));
  ASSERT_TRUE(disk.make_directory("/a/b", 0755));
  put_synced(disk, "/a/b/file", "x");
  FileSystem without = disk;
  without.restart();
  EXPECT_THAT(*without.list("/"), IsEmpty());
  ASSERT_TRUE(disk.sync("/a"));
  ASSERT_TRUE(disk.sync("/"));
  disk.restart();
  EXPECT_EQ(text(disk, "/a/b/file"), "x");
}

TEST(Durability, KeepsARenameWholeOrNotAtAll) {
  FileSystem disk;
  ASSERT_TRUE(disk.make_directory("/from", 0755));
  ASSERT_TRUE(disk.make_directory("/to", 0755));
  put_synced(disk, "/to/a", "old");
  put_synced(disk, "/from/a", "new");
  ASSERT_TRUE(disk.sync("/"));
  ASSERT_TRUE(disk.rename("/from/a", "/to/a"));
  FileSystem target_synced = disk;
  ASSERT_TRUE(disk.sync("/from"));
  disk.restart();
  EXPECT_EQ(text(disk, "/to/a"), "old");
  EXPECT_EQ(text(disk, "/from/a"), "new");
  ASSERT_TRUE(target_synced.sync("/to"));
  target_synced.restart();
  EXPECT_EQ(text(target_synced, "/to/a"), "new");
  EXPECT_EQ(text(target_synced, "/from/a"), "not-found");
}

TEST(Durability, SyncsEarlierChangesThatALaterOneBuildsUpon) {
  FileSystem disk;
  ASSERT_TRUE(disk.make_directory("/from", 0755));
  ASSERT_TRUE(disk.make_directory("/to", 0755));
  put_synced(disk, "/from/a", "moved");
  ASSERT_TRUE(disk.sync("/"));
  ASSERT_TRUE(disk.rename("/from/a", "/to/a"));
  put_synced(disk, "/from/a", "fresh");
  disk.restart();
  EXPECT_EQ(text(disk, "/from/a"), "fresh");
  EXPECT_EQ(text(disk, "/to/a"), "moved");
}

TEST(Durability, SyncsATreeInOneCall) {
  FileSystem disk;
  ASSERT_TRUE(disk.make_directory("/t", 0755));
  ASSERT_TRUE(disk.sync("/"));
  ASSERT_TRUE(disk.make_directory("/t/d", 0755));
  put(disk, "/t/d/a", "x");
  put(disk, "/b", "x");
  ASSERT_TRUE(disk.make_symlink("d", "/t/l"));
  ASSERT_TRUE(disk.set_owner("/t/l", 5, 5));
  ASSERT_TRUE(disk.sync_tree("/t"));
  disk.restart();
  EXPECT_EQ(text(disk, "/t/l/a"), "x");
  EXPECT_EQ(disk.info("/t/l")->uid, 5U);
  EXPECT_EQ(text(disk, "/b"), "not-found");
}

TEST(Durability, KeepsALinkWithItsName) {
  FileSystem disk;
  ASSERT_TRUE(disk.make_symlink("target", "/l"));
  ASSERT_TRUE(disk.sync("/"));
  disk.restart();
  EXPECT_EQ(*disk.read_link("/l"), "target");
}

TEST(Durability, LeavesACloneEmptyUntilItIsSynced) {
  FileSystem disk;
  put_synced(disk, "/a", "x");
  ASSERT_TRUE(disk.clone("/a", "/b"));
  ASSERT_TRUE(disk.sync("/"));
  disk.restart();
  EXPECT_EQ(text(disk, "/b"), "");
}

TEST(Durability, KeepsAppendedBytesOnlyOnceSynced) {
  FileSystem disk;
  put_synced(disk, "/a", "one");
  const auto file = disk.append("/a", 0644, false);
  ASSERT_TRUE((*file)->append(as_bytes("two")));
  ASSERT_TRUE((*file)->sync());
  ASSERT_TRUE((*file)->append(as_bytes("three")));
  disk.restart();
  EXPECT_EQ(text(disk, "/a"), "onetwo");
}

TEST(Survivors, AreEverythingWhereAskedFor) {
  FileSystem disk;
  ASSERT_TRUE(disk.make_directory("/d", 0755));
  put(disk, "/d/a", "x");
  ASSERT_TRUE(disk.set_mode("/d/a", 0600));
  disk.restart(Survivors::Everything);
  EXPECT_EQ(text(disk, "/d/a"), "x");
  EXPECT_EQ(disk.info("/d/a")->mode, 0600U);
}

TEST(Survivors, AtRandomShowEveryOutcomeAndNoOther) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    FileSystem disk;
    put_synced(disk, "/a", "old");
    put(disk, "/a.partial", "new");
    ASSERT_TRUE(disk.rename("/a.partial", "/a"));
    disk.restart(Survivors::Random, seed);
    seen.insert(text(disk, "/a") + (exists(disk, "/a.partial") ? "+" : ""));
  }
  // Old; new, whole or cut short; and where only the creation lasted, both names.
  EXPECT_THAT(seen, ElementsAre("", "n", "ne", "new", "old", "old+"));
}

TEST(Survivors, AtRandomNeverGiveADirectoryTwoNamesOrNone) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FileSystem disk;
    ASSERT_TRUE(disk.make_directory("/x", 0755));
    ASSERT_TRUE(disk.sync("/"));
    ASSERT_TRUE(disk.rename("/x", "/y"));
    ASSERT_TRUE(disk.rename("/y", "/z"));
    disk.restart(Survivors::Random, seed);
    EXPECT_EQ(disk.list("/")->size(), 1U) << "seed " << seed;
  }
}

TEST(Survivors, AtRandomAreTheSameForTheSameSeed) {
  FileSystem disk;
  for (const char* name : {"/a", "/b", "/c", "/d", "/e", "/f"}) put(disk, name, name);
  FileSystem again = disk;
  disk.restart(Survivors::Random, 42);
  again.restart(Survivors::Random, 42);
  EXPECT_EQ(*disk.list("/"), *again.list("/"));
}

TEST(ReplaceFile, LeavesOldOrNewWhateverSurvivesACutAtAnyOperation) {
  FileSystem prepared;
  put_synced(prepared, "/a", "old");
  std::uint64_t cuts = 0;
  for (const AfterCut after : {AfterCut::NotDone, AfterCut::Done, AfterCut::Torn}) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      for (std::uint64_t cut = 1;; ++cut) {
        FileSystem disk = prepared;
        disk.cut_power_at(cut, after);
        const bool finished = replace_file(disk, "/a", as_bytes("new"), 0644).has_value();
        disk.restart(seed == 0 ? Survivors::OnlySynced : Survivors::Random, seed);
        const std::string left = text(disk, "/a");
        EXPECT_TRUE(left == "new" || (left == "old" && !finished)) << left << " at " << cut;
        if (finished) break;
        ++cuts;
      }
    }
  }
  EXPECT_EQ(cuts, 3U * 30 * 5);
}

}  // namespace
}  // namespace interlude::sys::sim
