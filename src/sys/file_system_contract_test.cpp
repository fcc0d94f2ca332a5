// What every FileSystem promises, run against the real disk and the simulated one: the simulation
// must not lie about anything a program can see.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "support/temporary_directory.hpp"
#include "sys/file_system.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::sys {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kLimit = 1U << 20U;

struct RealWorld {
  test::TemporaryDirectory directory;
  posix::FileSystem disk;
  Path root = directory.path();
};

struct SimulatedWorld {
  sim::FileSystem disk;
  Path root = "/work";

  SimulatedWorld() {
    if (!disk.make_directory(root, 0755)) throw std::runtime_error("no root");
  }
};

template <class World>
class FileSystemContract : public testing::Test {
 protected:
  Path at(std::string_view relative) const { return join(world_.root, relative); }
  FileSystem& disk() { return world_.disk; }

  void put(std::string_view relative, std::string_view content, std::uint32_t mode = 0644) {
    ASSERT_TRUE(disk().write(at(relative), as_bytes(content), mode)) << relative;
  }
  std::string text(std::string_view relative) {
    const Result<Bytes> content = disk().read(at(relative), kLimit);
    return content ? to_text(*content) : content.error().message();
  }
  ErrorKind kind(const Status& status) {
    return status ? ErrorKind::Cancelled : status.error().kind();
  }
  template <class T>
  ErrorKind kind(const Result<T>& result) {
    return result ? ErrorKind::Cancelled : result.error().kind();
  }

 private:
  World world_;
};

using Worlds = testing::Types<RealWorld, SimulatedWorld>;
TYPED_TEST_SUITE(FileSystemContract, Worlds);

TYPED_TEST(FileSystemContract, ReadsBackWhatWasWrittenLast) {
  this->put("a", "first content");
  this->put("a", "second");
  EXPECT_EQ(this->text("a"), "second");
  EXPECT_EQ(this->disk().info(this->at("a"))->size, 6U);
}

TYPED_TEST(FileSystemContract, GivesANewFileItsModeExactlyAndAnExistingOneKeepsIts) {
  this->put("a", "x", 0666);
  this->put("s", "x", 04755);
  this->put("n", "x", 0);
  EXPECT_EQ(this->disk().info(this->at("a"))->mode, 0666U);
  EXPECT_EQ(this->disk().info(this->at("s"))->mode, 04755U);
  EXPECT_EQ(this->disk().info(this->at("n"))->mode, 0U);
  this->put("a", "y", 0600);
  EXPECT_EQ(this->disk().info(this->at("a"))->mode, 0666U);
  ASSERT_TRUE(this->disk().make_directory(this->at("d"), 01777));
  EXPECT_EQ(this->disk().info(this->at("d"))->mode, 01777U);
}

TYPED_TEST(FileSystemContract, RefusesAFileLongerThanTheLimit) {
  this->put("a", "12345");
  EXPECT_TRUE(this->disk().read(this->at("a"), 5));
  EXPECT_EQ(this->kind(this->disk().read(this->at("a"), 4)), ErrorKind::NoSpace);
}

TYPED_TEST(FileSystemContract, NamesThePathInErrors) {
  const Result<Bytes> missing = this->disk().read(this->at("missing"), kLimit);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(missing.error().message(), HasSubstr(this->at("missing")));
}

TYPED_TEST(FileSystemContract, OpensAViewThatOutlivesTheName) {
  this->put("a", "content");
  const auto file = this->disk().open(this->at("a"));
  ASSERT_TRUE(file);
  ASSERT_TRUE(this->disk().remove(this->at("a")));
  EXPECT_EQ((*file)->size(), 7U);
  EXPECT_EQ(to_text(*(*file)->view()), "content");
  this->put("empty", "");
  EXPECT_THAT(*(*this->disk().open(this->at("empty")))->view(), IsEmpty());
}

TYPED_TEST(FileSystemContract, OpensBeneathAFolderRegularFilesOnly) {
  this->put("outside", "secret");
  ASSERT_TRUE(this->disk().make_directory(this->at("d"), 0755));
  ASSERT_TRUE(this->disk().make_directory(this->at("d/inner"), 0755));
  this->put("d/inner/a", "content");
  ASSERT_TRUE(this->disk().make_symlink("inner", this->at("d/way")));
  ASSERT_TRUE(this->disk().make_symlink("inner/a", this->at("d/link")));
  ASSERT_TRUE(this->disk().make_symlink("../outside", this->at("d/up")));
  const auto beneath = [&](const Path& path) {
    return this->disk().open_beneath(this->at("d"), path);
  };
  std::array<std::uint8_t, 7> content{};
  ASSERT_EQ(*(*beneath("inner/a"))->read_at(0, content), content.size());
  EXPECT_EQ(as_text(content), "content");
  EXPECT_EQ(this->kind(beneath("none")), ErrorKind::NotFound);
  for (const char* path : {"way/a", "link", "up", "inner"}) {
    EXPECT_EQ(this->kind(beneath(path)), ErrorKind::Conflict) << path;
  }
  for (const char* path : {"../outside", "/etc/hostname", "", ".", "inner/../inner/a"}) {
    EXPECT_EQ(this->kind(beneath(path)), ErrorKind::Invalid) << path;
  }
}

TYPED_TEST(FileSystemContract, ReadsAnyPartOfAnOpenFile) {
  this->put("a", "0123456789");
  const auto file = this->disk().open(this->at("a"));
  std::array<std::uint8_t, 4> part{};
  EXPECT_EQ(*(*file)->read_at(3, part), 4U);
  EXPECT_EQ(as_text(part), "3456");
  EXPECT_EQ(*(*file)->read_at(8, part), 2U);
  EXPECT_EQ(as_text(part), "8956");
  EXPECT_EQ(*(*file)->read_at(10, part), 0U);
  EXPECT_EQ(*(*file)->read_at(11, part), 0U);
}

TYPED_TEST(FileSystemContract, ShowsThatAFileWasReplaced) {
  this->put("a", "one");
  const FileInfo before = *this->disk().info(this->at("a"));
  ASSERT_TRUE(replace_file(this->disk(), this->at("a"), as_bytes("two"), 0644));
  const FileInfo after = *this->disk().info(this->at("a"));
  EXPECT_NE(before.inode, after.inode);
  EXPECT_GE(after.changed_ns, before.changed_ns);
}

TYPED_TEST(FileSystemContract, AppendsWhereTheFileEndsOrStartsAnew) {
  this->put("a", "one");
  {
    const auto file = this->disk().append(this->at("a"), 0644, false);
    ASSERT_TRUE(file);
    EXPECT_EQ((*file)->size(), 3U);
    EXPECT_TRUE((*file)->append(as_bytes("two")));
    EXPECT_TRUE((*file)->append(as_bytes("")));
    EXPECT_EQ((*file)->size(), 6U);
    EXPECT_TRUE((*file)->sync());
  }
  EXPECT_EQ(this->text("a"), "onetwo");
  EXPECT_EQ((*this->disk().append(this->at("a"), 0644, true))->size(), 0U);
  EXPECT_EQ(this->text("a"), "");
  ASSERT_TRUE(this->disk().append(this->at("new"), 0640, false));
  EXPECT_EQ(this->disk().info(this->at("new"))->mode, 0640U);
}

TYPED_TEST(FileSystemContract, ListsNamesInByteOrder) {
  for (const char* name : {"b", "a", "B", "a.b", ".hidden"}) this->put(name, "");
  EXPECT_THAT(*this->disk().list(this->at("")), ElementsAre(".hidden", "B", "a", "a.b", "b"));
  EXPECT_EQ(this->kind(this->disk().list(this->at("a"))), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().list(this->at("missing"))), ErrorKind::NotFound);
}

TYPED_TEST(FileSystemContract, ShowsLinksThemselvesAndFollowsThemForContent) {
  ASSERT_TRUE(this->disk().make_directory(this->at("real"), 0755));
  this->put("real/file", "content");
  ASSERT_TRUE(this->disk().make_symlink("real", this->at("link")));
  ASSERT_TRUE(this->disk().make_symlink(this->at("link/file"), this->at("absolute")));
  ASSERT_TRUE(this->disk().make_symlink("../absolute", this->at("real/up")));
  EXPECT_EQ(this->disk().info(this->at("link"))->type, FileType::Symlink);
  EXPECT_EQ(this->disk().info(this->at("link"))->mode, 0777U);
  EXPECT_EQ(*this->disk().read_link(this->at("link")), "real");
  EXPECT_EQ(this->text("link/file"), "content");
  EXPECT_EQ(this->text("real/up"), "content");
  EXPECT_EQ(*this->disk().resolve(this->at("link/../link/up")), this->at("real/file"));
  EXPECT_THAT(*this->disk().list(this->at("link")), ElementsAre("file", "up"));
  EXPECT_FALSE(this->disk().read_link(this->at("real")));
}

TYPED_TEST(FileSystemContract, RefusesCirclesOfLinks) {
  ASSERT_TRUE(this->disk().make_symlink("b", this->at("a")));
  ASSERT_TRUE(this->disk().make_symlink("a", this->at("b")));
  EXPECT_EQ(this->kind(this->disk().read(this->at("a"), kLimit)), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().resolve(this->at("a"))), ErrorKind::Conflict);
  EXPECT_TRUE(this->disk().info(this->at("a")));
}

TYPED_TEST(FileSystemContract, WritesThroughALinkButNeverToNowhere) {
  this->put("file", "old");
  ASSERT_TRUE(this->disk().make_symlink("file", this->at("link")));
  this->put("link", "new");
  EXPECT_EQ(this->text("file"), "new");
  ASSERT_TRUE(this->disk().make_symlink("nowhere", this->at("dangling")));
  EXPECT_EQ(this->kind(this->disk().write(this->at("dangling"), {}, 0644)), ErrorKind::NotFound);
  EXPECT_FALSE(exists(this->disk(), this->at("nowhere")));
}

TYPED_TEST(FileSystemContract, SharesOneContentBetweenHardLinks) {
  this->put("a", "one");
  ASSERT_TRUE(this->disk().make_hard_link(this->at("a"), this->at("b")));
  const FileInfo a = *this->disk().info(this->at("a"));
  const FileInfo b = *this->disk().info(this->at("b"));
  EXPECT_EQ(a.inode, b.inode);
  EXPECT_EQ(a.device, b.device);
  EXPECT_EQ(a.links, 2U);
  this->put("b", "two");
  EXPECT_EQ(this->text("a"), "two");
  ASSERT_TRUE(this->disk().remove(this->at("a")));
  EXPECT_EQ(this->text("b"), "two");
  EXPECT_EQ(this->disk().info(this->at("b"))->links, 1U);
  EXPECT_EQ(this->kind(this->disk().make_hard_link(this->at("b"), this->at("b"))),
            ErrorKind::Conflict);
  EXPECT_FALSE(this->disk().make_hard_link(this->at(""), this->at("c")));
}

TYPED_TEST(FileSystemContract, ClonesContentAndMetadataIntoAFileOfItsOwn) {
  this->put("a", "content", 0640);
  ASSERT_TRUE(this->disk().set_attribute(this->at("a"), "user.note", as_bytes("x")));
  ASSERT_TRUE(this->disk().clone(this->at("a"), this->at("b")));
  EXPECT_EQ(this->text("b"), "content");
  const FileInfo b = *this->disk().info(this->at("b"));
  EXPECT_EQ(b.mode, 0640U);
  EXPECT_EQ(b.links, 1U);
  EXPECT_EQ(*this->disk().attributes(this->at("b")), *this->disk().attributes(this->at("a")));
  this->put("b", "changed");
  EXPECT_EQ(this->text("a"), "content");
  EXPECT_EQ(this->kind(this->disk().clone(this->at("a"), this->at("b"))), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().clone(this->at("z"), this->at("y"))), ErrorKind::NotFound);
}

TYPED_TEST(FileSystemContract, ClonesSetuidBitsAndLargeFilesWhole) {
  const std::string large(3'000'000, 'x');
  this->put("a", large, 04755);
  ASSERT_TRUE(this->disk().clone(this->at("a"), this->at("b")));
  EXPECT_EQ(this->disk().info(this->at("b"))->mode, 04755U);
  EXPECT_TRUE(to_text(*this->disk().read(this->at("b"), 1U << 22U)) == large);
}

TYPED_TEST(FileSystemContract, KeepsModesOwnersAndAttributes) {
  this->put("a", "x");
  ASSERT_TRUE(this->disk().set_mode(this->at("a"), 02750));
  EXPECT_EQ(this->disk().info(this->at("a"))->mode, 02750U);
  ASSERT_TRUE(this->disk().set_owner(this->at("a"), ::getuid(), ::getgid()));
  EXPECT_EQ(this->disk().info(this->at("a"))->uid, ::getuid());
  EXPECT_EQ(this->disk().info(this->at("a"))->gid, ::getgid());
  EXPECT_THAT(*this->disk().attributes(this->at("a")), IsEmpty());
  const Bytes value = {0, 1, 255};
  ASSERT_TRUE(this->disk().set_attribute(this->at("a"), "user.one", value));
  ASSERT_TRUE(this->disk().set_attribute(this->at("a"), "user.two", {}));
  ASSERT_TRUE(this->disk().make_symlink("a", this->at("link")));
  EXPECT_THAT(*this->disk().attributes(this->at("a")),
              ElementsAre(std::pair("user.one", value), std::pair("user.two", Bytes())));
  EXPECT_THAT(*this->disk().attributes(this->at("link")), IsEmpty());
  EXPECT_EQ(this->kind(this->disk().set_attribute(this->at("link"), "user.one", value)),
            ErrorKind::Denied);
}

TYPED_TEST(FileSystemContract, RenamesOverFilesAndLinksButNotOverOtherThings) {
  this->put("a", "a");
  this->put("b", "b");
  ASSERT_TRUE(this->disk().rename(this->at("a"), this->at("b")));
  EXPECT_EQ(this->text("b"), "a");
  EXPECT_FALSE(exists(this->disk(), this->at("a")));
  ASSERT_TRUE(this->disk().make_symlink("b", this->at("link")));
  ASSERT_TRUE(this->disk().make_symlink("c", this->at("fresh")));
  ASSERT_TRUE(this->disk().rename(this->at("fresh"), this->at("link")));
  EXPECT_EQ(*this->disk().read_link(this->at("link")), "c");
  ASSERT_TRUE(this->disk().make_directory(this->at("d"), 0755));
  this->put("d/x", "x");
  ASSERT_TRUE(this->disk().make_directory(this->at("e"), 0755));
  EXPECT_EQ(this->kind(this->disk().rename(this->at("b"), this->at("e"))), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().rename(this->at("e"), this->at("b"))), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().rename(this->at("e"), this->at("d"))), ErrorKind::Conflict);
  EXPECT_FALSE(this->disk().rename(this->at("d"), this->at("d/below")));
  EXPECT_EQ(this->kind(this->disk().rename(this->at("z"), this->at("y"))), ErrorKind::NotFound);
  ASSERT_TRUE(this->disk().rename(this->at("d"), this->at("e")));
  EXPECT_EQ(this->text("e/x"), "x");
}

TYPED_TEST(FileSystemContract, RenamesAHardLinkOntoItselfWithoutEffect) {
  this->put("a", "a");
  ASSERT_TRUE(this->disk().make_hard_link(this->at("a"), this->at("b")));
  ASSERT_TRUE(this->disk().rename(this->at("a"), this->at("b")));
  EXPECT_THAT(*this->disk().list(this->at("")), ElementsAre("a", "b"));
}

TYPED_TEST(FileSystemContract, RemovesFilesAndEmptyDirectoriesOnly) {
  ASSERT_TRUE(this->disk().make_directory(this->at("d"), 0755));
  this->put("d/x", "x");
  EXPECT_EQ(this->kind(this->disk().remove_directory(this->at("d"))), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().remove(this->at("d"))), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().remove_directory(this->at("d/x"))), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().remove(this->at("z"))), ErrorKind::NotFound);
  ASSERT_TRUE(this->disk().make_symlink("d", this->at("link")));
  EXPECT_EQ(this->kind(this->disk().remove_directory(this->at("link"))), ErrorKind::Conflict);
  EXPECT_TRUE(this->disk().remove(this->at("link")));
  EXPECT_TRUE(this->disk().remove(this->at("d/x")));
  EXPECT_TRUE(this->disk().remove_directory(this->at("d")));
  EXPECT_THAT(*this->disk().list(this->at("")), IsEmpty());
}

TYPED_TEST(FileSystemContract, ReportsWhatStandsInTheWayAsConflict) {
  this->put("a", "x");
  EXPECT_EQ(this->kind(this->disk().make_directory(this->at("a"), 0755)), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().make_symlink("t", this->at("a"))), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().read(this->at("a/b"), kLimit)), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().write(this->at("a/b"), {}, 0644)), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().read(this->at(""), kLimit)), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().open(this->at(""))), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().write(this->at(""), {}, 0644)), ErrorKind::Conflict);
  EXPECT_EQ(this->kind(this->disk().make_directory(this->at("b/c"), 0755)), ErrorKind::NotFound);
  EXPECT_EQ(this->kind(this->disk().make_symlink("", this->at("b"))), ErrorKind::NotFound);
}

TYPED_TEST(FileSystemContract, SyncsWhatExists) {
  this->put("a", "x");
  EXPECT_TRUE(this->disk().sync(this->at("a")));
  EXPECT_TRUE(this->disk().sync(this->at("")));
  EXPECT_TRUE(this->disk().sync_tree(this->at("")));
  EXPECT_TRUE(this->disk().drop_cache(this->at("a")));
  EXPECT_EQ(this->text("a"), "x");
  EXPECT_EQ(this->kind(this->disk().sync(this->at("z"))), ErrorKind::NotFound);
  EXPECT_EQ(this->kind(this->disk().sync_tree(this->at("a"))), ErrorKind::Conflict);
  EXPECT_GT(*this->disk().free_bytes(this->at("")), 0U);
}

TYPED_TEST(FileSystemContract, MakesMissingDirectoriesAndAcceptsLinksToDirectories) {
  ASSERT_TRUE(make_directories(this->disk(), this->at("a/b/c"), 0750));
  EXPECT_EQ(this->disk().info(this->at("a/b/c"))->mode, 0750U);
  EXPECT_TRUE(make_directories(this->disk(), this->at("a/b/c"), 0750));
  ASSERT_TRUE(this->disk().make_symlink("a", this->at("link")));
  EXPECT_TRUE(make_directories(this->disk(), this->at("link/b/d"), 0755));
  EXPECT_TRUE(exists(this->disk(), this->at("a/b/d")));
  ASSERT_TRUE(this->disk().make_symlink("nowhere", this->at("dangling")));
  EXPECT_FALSE(make_directories(this->disk(), this->at("dangling/x"), 0755));
  this->put("file", "");
  EXPECT_FALSE(make_directories(this->disk(), this->at("file/x"), 0755));
}

TYPED_TEST(FileSystemContract, ReplacesAFileWithoutTouchingItsOtherNames) {
  this->put("a", "old");
  ASSERT_TRUE(this->disk().make_hard_link(this->at("a"), this->at("other")));
  ASSERT_TRUE(this->disk().make_symlink("other", this->at("a.partial")));
  ASSERT_TRUE(replace_file(this->disk(), this->at("a"), as_bytes("new"), 0600));
  EXPECT_EQ(this->text("a"), "new");
  EXPECT_EQ(this->disk().info(this->at("a"))->mode, 0600U);
  EXPECT_EQ(this->text("other"), "old");
  EXPECT_THAT(*this->disk().list(this->at("")), ElementsAre("a", "other"));
}

TYPED_TEST(FileSystemContract, LeavesNothingBehindWhereReplacingFails) {
  ASSERT_TRUE(make_directories(this->disk(), this->at("a/b"), 0755));
  EXPECT_FALSE(replace_file(this->disk(), this->at("a"), as_bytes("new"), 0600));
  EXPECT_FALSE(replace_symlink(this->disk(), "b", this->at("a")));
  EXPECT_THAT(*this->disk().list(this->at("")), ElementsAre("a"));
}

TYPED_TEST(FileSystemContract, RepointsALink) {
  ASSERT_TRUE(replace_symlink(this->disk(), "one", this->at("link")));
  ASSERT_TRUE(this->disk().make_symlink("left over", this->at("link.partial")));
  ASSERT_TRUE(replace_symlink(this->disk(), "two", this->at("link")));
  EXPECT_EQ(*this->disk().read_link(this->at("link")), "two");
  EXPECT_THAT(*this->disk().list(this->at("")), ElementsAre("link"));
}

TYPED_TEST(FileSystemContract, RemovesATreeWithoutFollowingLinks) {
  ASSERT_TRUE(make_directories(this->disk(), this->at("tree/a/b"), 0755));
  ASSERT_TRUE(make_directories(this->disk(), this->at("outside"), 0755));
  this->put("outside/kept", "x");
  this->put("tree/a/b/file", "x");
  ASSERT_TRUE(this->disk().make_symlink("../outside", this->at("tree/link")));
  ASSERT_TRUE(this->disk().set_mode(this->at("tree/a"), 0555));
  ASSERT_TRUE(remove_tree(this->disk(), this->at("tree")));
  EXPECT_THAT(*this->disk().list(this->at("")), ElementsAre("outside"));
  EXPECT_EQ(this->text("outside/kept"), "x");
  EXPECT_TRUE(remove_tree(this->disk(), this->at("tree")));
}

TYPED_TEST(FileSystemContract, WalksParentsFirstInByteOrderAndStopsAtTheFirstError) {
  ASSERT_TRUE(make_directories(this->disk(), this->at("t/b/c"), 0755));
  this->put("t/b/c/file", "x");
  this->put("t/a", "x");
  ASSERT_TRUE(this->disk().make_symlink("b", this->at("t/z")));
  std::vector<Path> seen;
  const auto note = [&](const Path& path, const FileInfo&) -> Status {
    seen.push_back(path);
    if (path == "b/c") return fail(ErrorKind::Cancelled, "enough");
    return {};
  };
  EXPECT_EQ(walk(this->disk(), this->at("t"), note).error().message(), "enough");
  EXPECT_THAT(seen, ElementsAre("a", "b", "b/c"));
  seen.clear();
  const auto note_all = [&](const Path& path, const FileInfo&) -> Status {
    seen.push_back(path);
    return {};
  };
  ASSERT_TRUE(walk(this->disk(), this->at("t"), note_all));
  EXPECT_THAT(seen, ElementsAre("a", "b", "b/c", "b/c/file", "z"));
}

}  // namespace
}  // namespace interlude::sys
