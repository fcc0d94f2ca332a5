#include "serve/folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"

namespace interlude::serve {
namespace {

using testing::MatchesRegex;

class ServedFolder : public testing::Test {
 protected:
  ServedFolder() {
    put("/www/a", "content");
    put("/secret", "secret");
  }

  void put(const Path& file, std::string_view content) {
    if (!sys::make_directories(disk_, parent_of(file), 0755)) std::abort();
    if (!disk_.write(file, as_bytes(content), 0644)) std::abort();
  }
  ErrorKind kind(const Path& path) {
    const Result<Resource> found = folder_->find(path);
    return found ? ErrorKind::Cancelled : found.error().kind();
  }
  std::string etag(const Path& path) { return folder_->find(path)->etag; }

  sys::sim::FileSystem disk_;
  // The simulated disk's times are operation numbers: long ago, seen from this clock.
  sys::sim::Clock clock_{sys::Time(std::chrono::seconds(1'000'000))};

  Result<Folder> folder_ = [&] {
    if (!sys::make_directories(disk_, "/www", 0755)) std::abort();
    return Folder::open(disk_, clock_, "/www");
  }();
};

TEST_F(ServedFolder, GivesFilesWithAStrongEtagOfTheirContent) {
  const Result<Resource> found = folder_->find("a");
  ASSERT_TRUE(found);
  EXPECT_EQ(to_text(*found->file->view()), "content");
  EXPECT_THAT(found->etag, MatchesRegex("\"[0-9a-f]{16}\""));
  put("/www/same", "content");
  put("/www/other", "cOntent");
  EXPECT_EQ(etag("same"), etag("a"));
  EXPECT_NE(etag("other"), etag("a"));
}

TEST_F(ServedFolder, NoticesAReplacedFileAndOneWrittenInPlace) {
  const std::string before = etag("a");
  EXPECT_EQ(etag("a"), before);
  put("/www/a", "CONTENT");
  const std::string after = etag("a");
  EXPECT_NE(after, before);
  ASSERT_TRUE(sys::replace_file(disk_, "/www/a", as_bytes("content"), 0644));
  EXPECT_EQ(etag("a"), before);
}

/// Two contents of one size, written to one inode at what this disk takes for the same time.
class TwinWrites : public ServedFolder {
 protected:
  std::pair<std::string, std::string> etags() {
    const sys::sim::FileSystem before = disk_;
    put("/www/a", "CONTENT");
    const std::string first = etag("a");
    disk_ = before;
    put("/www/a", "cOntent");
    return {first, etag("a")};
  }
};

TEST_F(TwinWrites, AreToldApartWhileTheyAreFresh) {
  clock_.set(sys::Time(std::chrono::seconds(2)));
  const auto [first, second] = etags();
  EXPECT_NE(first, second);
}

TEST_F(TwinWrites, AreTheSameOnceTheHashIsRemembered) {
  const auto [first, second] = etags();
  EXPECT_EQ(first, second);
}

TEST_F(ServedFolder, ServesNothingOutsideHoweverItIsLinked) {
  put("/www2/b", "secret");
  ASSERT_TRUE(disk_.make_symlink("/secret", "/www/file"));
  ASSERT_TRUE(disk_.make_symlink("/", "/www/root"));
  ASSERT_TRUE(disk_.make_symlink("../www2", "/www/sibling"));
  ASSERT_TRUE(disk_.make_symlink("loop", "/www/loop"));
  for (const char* path : {"file", "root/secret", "sibling/b", "loop"}) {
    EXPECT_FALSE(folder_->find(path)) << path;
  }
  EXPECT_EQ(kind("file"), ErrorKind::NotFound);
}

TEST_F(ServedFolder, FollowsLinksThatStayInside) {
  ASSERT_TRUE(disk_.make_symlink("a", "/www/link"));
  ASSERT_TRUE(disk_.make_symlink("/www", "/www/self"));
  EXPECT_TRUE(folder_->find("link"));
  EXPECT_TRUE(folder_->find("self/self/a"));
}

TEST_F(ServedFolder, ServesRegularFilesOnly) {
  ASSERT_TRUE(disk_.make_directory("/www/d", 0755));
  ASSERT_TRUE(disk_.make_node("/www/null", sys::FileType::Device));
  EXPECT_EQ(kind("d"), ErrorKind::NotFound);
  EXPECT_EQ(kind("null"), ErrorKind::NotFound);
  EXPECT_EQ(kind("none"), ErrorKind::NotFound);
}

TEST_F(ServedFolder, MustBeAFolder) {
  EXPECT_EQ(Folder::open(disk_, clock_, "/secret").error().kind(), ErrorKind::Conflict);
  EXPECT_EQ(Folder::open(disk_, clock_, "/none").error().kind(), ErrorKind::NotFound);
  Result<Folder> root = Folder::open(disk_, clock_, "/");
  EXPECT_TRUE(root->find("secret"));
}

}  // namespace
}  // namespace interlude::serve
