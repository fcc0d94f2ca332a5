#include "delta/patch_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace interlude::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Kind = TreeEntry::Kind;

TreeEntry file(const Path& path, std::uint64_t size, std::uint32_t mode = 0644) {
  return {.kind = Kind::File, .path = path, .mode = mode, .size = size};
}
TreeEntry directory(const Path& path) {
  return {.kind = Kind::Directory, .path = path, .mode = 0755};
}
TreeEntry link(const Path& path, const std::string& target) {
  return {.kind = Kind::Link, .path = path, .target = target};
}

struct Rebuilt {
  Listing listing;
  std::vector<std::string> contents;
};

Result<Rebuilt> rebuild(ByteView bytes, const Tree& old) {
  const Result<PatchFile> patch = PatchFile::parse(bytes);
  if (!patch) return std::unexpected(patch.error());
  Result<Listing> listing = fresh_listing(*patch, old, {});
  if (!listing) return std::unexpected(listing.error());
  Rebuilt rebuilt{std::move(*listing), {}};
  rebuilt.contents.resize(file_sizes(rebuilt.listing).size());
  const Status done =
      apply_content(*patch, old, rebuilt.listing, {}, [&](std::size_t i, ByteView piece) {
        rebuilt.contents[i] += as_text(piece);
        return Status{};
      });
  if (!done) return std::unexpected(done.error());
  return rebuilt;
}

const Bytes kOldText = to_bytes("The quick brown fox jumps over the lazy dog.\n");
const Bytes kNewText = to_bytes("The quick brown fox leaps over the lazy dog.\n");

TEST(PatchFile, RebuildsOneFile) {
  const Result<Bytes> patch = make_patch_file(single_file(kOldText), single_file(kNewText), {});
  ASSERT_TRUE(patch);
  const Result<Rebuilt> rebuilt = rebuild(*patch, single_file(kOldText));
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  EXPECT_THAT(rebuilt->contents, ElementsAre(as_text(kNewText)));
}

TEST(PatchFile, RefusesAnotherOldFile) {
  const Result<Bytes> patch = make_patch_file(single_file(kOldText), single_file(kNewText), {});
  ASSERT_TRUE(patch);
  const Result<Rebuilt> rebuilt = rebuild(*patch, single_file(kNewText));
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().kind(), ErrorKind::Conflict);
  EXPECT_THAT(rebuilt.error().message(), HasSubstr("another old file"));
}

TEST(PatchFile, RebuildsAFolderWithFilesAddedMovedAndRemoved) {
  const Tree old{{directory("bin"), file("bin/tool", kOldText.size(), 0755), link("now", "bin"),
                  file("gone", kNewText.size())},
                 {kOldText, kNewText}};
  const Tree fresh{{link("now", "sbin"), directory("sbin"), file("sbin/empty", 0),
                    file("sbin/tool", kNewText.size(), 0700)},
                   {ByteView(), kNewText}};
  const Result<Bytes> patch = make_patch_file(old, fresh, {});
  ASSERT_TRUE(patch);
  const Result<Rebuilt> rebuilt = rebuild(*patch, old);
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  EXPECT_EQ(rebuilt->listing, fresh.listing);
  EXPECT_THAT(rebuilt->contents, ElementsAre("", as_text(kNewText)));
}

TEST(PatchFile, RefusesEveryTruncationAndEveryFlippedByte) {
  const Tree old = single_file(kOldText);
  const Result<Bytes> patch = make_patch_file(old, single_file(kNewText), {});
  ASSERT_TRUE(patch);
  for (std::size_t size = 0; size < patch->size(); ++size) {
    EXPECT_FALSE(rebuild(ByteView(*patch).first(size), old)) << "cut to " << size << " bytes";
  }
  for (std::size_t at = 0; at < patch->size(); ++at) {
    for (const unsigned flip : {1U, 0x80U, 0xffU}) {
      Bytes flipped = *patch;
      flipped[at] ^= static_cast<std::uint8_t>(flip);
      EXPECT_FALSE(rebuild(flipped, old)) << "byte " << at << " flipped by " << flip;
    }
  }
}

TEST(Listing, IsReadBackAsWritten) {
  const Listing listing{directory("a"), link("a/b", "../c"), file("a/d", 7), file("a.b", 0, 04755)};
  const Listing sorted{directory("a"), file("a.b", 0, 04755), link("a/b", "../c"), file("a/d", 7)};
  EXPECT_FALSE(parse_listing(serialize(listing)));
  const Result<Listing> read = parse_listing(serialize(sorted));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, sorted);
}

TEST(Listing, RefusesPathsThatLeaveTheFolder) {
  const std::vector<Listing> refused{
      {file("../a", 1)},
      {file("/a", 1)},
      {link("a", "/etc"), file("a/passwd", 1)},
      {file("a", 1), file("a/b", 1)},
      {file("a/b", 1)},
      {file("a", 1), file("a", 1)},
      {file("a", 1), file("", 1)},
      {file("a", 1, 010000)},
  };
  for (const Listing& listing : refused) {
    const Result<Listing> read = parse_listing(serialize(listing));
    ASSERT_FALSE(read) << listing.back().path;
    EXPECT_EQ(read.error().kind(), ErrorKind::Corrupt);
  }
}

}  // namespace
}  // namespace interlude::delta
