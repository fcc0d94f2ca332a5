#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "base/bytes.hpp"
#include "base/hex.hpp"
#include "base/path.hpp"

namespace interlude {
namespace {

TEST(ErrnoError, MapsFullDiskToNoSpaceAndMissingToNotFound) {
  EXPECT_EQ(errno_error("writing x", ENOSPC).kind(), ErrorKind::NoSpace);
  EXPECT_EQ(errno_error("reading x", ENOENT).kind(), ErrorKind::NotFound);
  EXPECT_EQ(errno_error("reading x", ENOENT).during("starting").message(),
            "starting: reading x: No such file or directory");
}

TEST(ByteReader, TakesOnlyWhatIsThere) {
  const Bytes three = {1, 2, 3};
  ByteReader reader(three, "test input");
  EXPECT_EQ(reader.take(2)->size(), 2U);
  EXPECT_FALSE(reader.finish());
  const Result<ByteView> beyond = reader.take(2);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().kind(), ErrorKind::Corrupt);
  EXPECT_EQ(beyond.error().message(), "test input ends at byte 3, 1 more expected");
  EXPECT_EQ(*reader.u8(), 3);
  EXPECT_TRUE(reader.finish());
}

TEST(Varint, ReadsBackEveryBoundary) {
  constexpr std::uint64_t kOne = 1;
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t value :
         {(kOne << bit) - 1, kOne << bit, (kOne << bit) + 1, ~std::uint64_t{0}}) {
      Bytes coded;
      append_varint(coded, value);
      ByteReader reader(coded, "number");
      EXPECT_EQ(*reader.varint(), value);
      EXPECT_TRUE(reader.finish());
    }
  }
}

TEST(Varint, RefusesLongerFormsOverflowAndTruncation) {
  const std::vector<Bytes> bad = {
      {0x80, 0x00},
      {0xff},
      {},
      {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02},
      {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}};
  for (const Bytes& coded : bad) {
    EXPECT_EQ(ByteReader(coded, "number").varint().error().kind(), ErrorKind::Corrupt)
        << to_hex(coded);
  }
}

TEST(Hex, RoundTripsAndRefusesUpperCaseAndOddLengths) {
  const Bytes bytes = {0x00, 0x7f, 0xff};
  EXPECT_EQ(to_hex(bytes), "007fff");
  EXPECT_EQ(*from_hex("007fff"), bytes);
  EXPECT_FALSE(from_hex("007FFF"));
  EXPECT_FALSE(from_hex("007ff"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Path, JoinsWithExactlyOneSlash) {
  EXPECT_EQ(join("/a/", "/b"), "/a/b");
  EXPECT_EQ(join("/a", "b"), "/a/b");
  EXPECT_EQ(join("", "b"), "b");
  EXPECT_EQ(join("/", "b"), "/b");
  EXPECT_EQ(parent_of("/a/b"), "/a");
  EXPECT_EQ(parent_of("/a"), "/");
  EXPECT_EQ(parent_of("a"), ".");
  EXPECT_EQ(file_name_of("/a/b"), "b");
}

TEST(Path, LiesWithinAnotherPartByPart) {
  EXPECT_TRUE(lies_within("/a/b", "/a"));
  EXPECT_TRUE(lies_within("/a", "/a"));
  EXPECT_TRUE(lies_within("/a", "/"));
  EXPECT_FALSE(lies_within("/ab", "/a"));
  EXPECT_FALSE(lies_within("/a", "/a/b"));
}

TEST(CanonicalPath, RefusesEveryWayOutOfTheRoot) {
  for (const char* good : {"usr/lib/x.so.3", "a", "..a/b..", "usr/share/ü"}) {
    EXPECT_TRUE(check_canonical(good)) << good;
  }
  for (const char* bad :
       {"", "/etc/passwd", "../x", "a/../b", "a/..", "a//b", "a/", "./a", "a/./b", "a\nb", ".."}) {
    EXPECT_FALSE(check_canonical(bad)) << bad;
  }
  EXPECT_FALSE(check_canonical(std::string("a\0b", 3)));
  EXPECT_FALSE(check_canonical(std::string(5000, 'a')));
}

TEST(Name, RefusesWhatCannotStandInAUrlOrFileName) {
  for (const char* good : {"debian-12-x86_64", "12.11", "libstdc++6", "3.0.20-1~deb12u2"}) {
    EXPECT_TRUE(check_name(good, "platform")) << good;
  }
  for (const char* bad : {"", ".", "..", "-x", "a/b", "a b", "a%2f", "ä"}) {
    EXPECT_FALSE(check_name(bad, "platform")) << bad;
  }
}

}  // namespace
}  // namespace interlude
