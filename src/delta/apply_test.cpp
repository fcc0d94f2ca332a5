// Applying what an enemy could send.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <set>

#include "delta/control.hpp"
#include "delta/delta.hpp"
#include "delta/handmade.hpp"
#include "delta/stream.hpp"
#include "delta/test_data.hpp"

namespace interlude::delta {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

const std::vector<Bytes> kOld{to_bytes("0123456789"), to_bytes("abcdef")};

void expect_refused(const Bytes& patch, const std::vector<std::uint64_t>& sizes,
                    const std::string& reason) {
  std::uint64_t produced = 0;
  const Result<std::vector<Bytes>> rebuilt = applied(kOld, patch, sizes, {}, &produced);
  ASSERT_FALSE(rebuilt) << reason;
  EXPECT_EQ(rebuilt.error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(rebuilt.error().message(), HasSubstr(reason));
  EXPECT_EQ(produced, 0U) << reason;
}

TEST(Apply, FollowsAStepByStepPatch) {
  const Handmade patch{.moves = {2 * 8, 2 * 3 - 1},
                       .copies = {4, 3},
                       .inserts = {2, 1},
                       .gaps = {1},
                       .runs = {2},
                       .differences = {1, 255},
                       .fresh = to_bytes("XYZ"),
                       .files = 2};
  // 8 → "89ab" with the second and third byte changed, XY; 14 - 3 = 11 → "bcd", Z.
  const Result<std::vector<Bytes>> rebuilt = applied(kOld, patch.bytes(), {6, 4});
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  EXPECT_EQ(as_text((*rebuilt)[0]), "8:`bXY");
  EXPECT_EQ(as_text((*rebuilt)[1]), "bcdZ");
}

TEST(Apply, ContinuesAfterTheLastStepToTheEnd) {
  const Result<std::vector<Bytes>> rebuilt = applied(kOld, Handmade{}.bytes(), {16});
  ASSERT_TRUE(rebuilt);
  EXPECT_EQ(as_text((*rebuilt)[0]), "0123456789abcdef");
}

TEST(Apply, RefusesReferencesOutsideTheOldFiles) {
  const std::string reason = "leaves the old files";
  expect_refused(Handmade{.moves = {0}, .copies = {17}}.bytes(), {18}, reason);
  expect_refused(Handmade{.moves = {2 * 16}, .copies = {1}}.bytes(), {2}, reason);
  expect_refused(Handmade{.moves = {2 * 17}, .copies = {0}}.bytes(), {1}, reason);
  expect_refused(Handmade{.moves = {1}, .copies = {1}}.bytes(), {2}, reason);
  expect_refused(Handmade{.moves = {kHuge}, .copies = {1}}.bytes(), {2}, reason);
  expect_refused(Handmade{.moves = {kHuge - 1}, .copies = {1}}.bytes(), {2}, reason);
  expect_refused(Handmade{.moves = {2}, .copies = {kHuge}}.bytes(), {18}, reason);
  expect_refused(Handmade{}.bytes(), {17}, reason);
}

TEST(Apply, RefusesStepsThatMakeTooMuchOrNothing) {
  expect_refused(Handmade{.moves = {0}, .copies = {5}}.bytes(), {4}, "copy leaves the new files");
  expect_refused(Handmade{.moves = {0}, .copies = {2}, .inserts = {5}, .fresh = Bytes(4)}.bytes(),
                 {4}, "insertion leaves the new files");
  expect_refused(
      Handmade{.moves = {0}, .copies = {2}, .inserts = {kHuge}, .fresh = Bytes(4)}.bytes(), {4},
      "insertion leaves the new files");
  expect_refused(Handmade{.moves = {2}, .copies = {0}, .inserts = {0}}.bytes(), {4},
                 "makes nothing");
}

TEST(Apply, RefusesASecondWayToSayTheSame) {
  expect_refused(Handmade{.moves = {0}, .copies = {4}}.bytes(), {4}, "goes without saying");
  Bytes patch = Handmade{.moves = {2}, .copies = {4}}.bytes();
  ASSERT_TRUE(applied(kOld, patch, {4}));
  // The same move in two bytes instead of one.
  ASSERT_EQ(patch[2], 1U << kCodecBits);
  patch[2] = 2U << kCodecBits;
  patch[3] |= 0x80U;
  patch.insert(patch.begin() + 4, 0);
  expect_refused(patch, {4}, "malformed number");
}

TEST(Apply, RefusesDifferencesOutsideWhatWasCopied) {
  expect_refused(Handmade{.gaps = {5}, .runs = {1}, .differences = {1}}.bytes(), {5},
                 "leaves what was copied");
  expect_refused(Handmade{.gaps = {0}, .runs = {kHuge}, .differences = {1}}.bytes(), {5},
                 "leaves what was copied");
  expect_refused(Handmade{.gaps = {kHuge}, .runs = {1}, .differences = {1}}.bytes(), {5},
                 "leaves what was copied");
  expect_refused(Handmade{.gaps = {0}, .runs = {0}}.bytes(), {5}, "is empty");
}

TEST(Apply, RefusesContentThatDoesNotAddUp) {
  const std::string reason = "disagree";
  expect_refused(Handmade{.gaps = {0}, .runs = {1}}.bytes(), {5}, reason);
  expect_refused(Handmade{.differences = {1}}.bytes(), {5}, reason);
  expect_refused(Handmade{.fresh = {1}}.bytes(), {5}, reason);
  expect_refused(Handmade{.moves = {0}, .copies = {1}, .inserts = {2}, .fresh = {1}}.bytes(), {3},
                 reason);
  expect_refused(Handmade{.copies = {1}}.bytes(), {5}, "after its end");
  expect_refused(Handmade{.inserts = {1}}.bytes(), {5}, "after its end");
  expect_refused(Handmade{.runs = {1}}.bytes(), {5}, "after its end");
  expect_refused(Handmade{.gaps = {0, 1}, .runs = {1}, .differences = {1}}.bytes(), {5}, "ends at");
}

TEST(Apply, RefusesUnknownVersionsMethodsAndCodecs) {
  expect_refused({0x30, 1, 0}, {1}, "format version 3");
  expect_refused({0x0, 1, 0}, {1}, "format version 0");
  expect_refused({0x12, 1, 0}, {1}, "unknown method 2");
  expect_refused({0x23, 1, 0}, {1}, "unknown method 3");
  expect_refused({0x10, 1, 1U << kCodecBits | 5U, 0, 7}, {1}, "unknown codec 5");
}

TEST(Apply, RefusesAnotherNumberOrSizeOfFiles) {
  const Result<Bytes> patch = make(views(kOld), views(kOld), {});
  ASSERT_TRUE(patch);
  ASSERT_TRUE(applied(kOld, *patch, {10, 6}));
  expect_refused(*patch, {16}, "makes 2 files, 1 expected");
  expect_refused(*patch, {10, 6, 0}, "makes 2 files, 3 expected");
  expect_refused(*patch, {10, 7}, "leaves the old files");
  const Result<Bytes> full = make({}, views(kOld), {});
  ASSERT_TRUE(full);
  expect_refused(*full, {10, 5}, "16 bytes of content announced");
  expect_refused(*full, {10, 7}, "makes 16 bytes, 17 expected");
}

TEST(Apply, RefusesSizesBeyondAnyFile) {
  const Result<std::vector<Bytes>> rebuilt =
      applied(kOld, Handmade{.files = 2}.bytes(), {kHuge, 17});
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().kind(), ErrorKind::NoSpace);
}

/// One patch whose streams are large enough to be packed, and a full one.
struct Real {
  std::vector<Bytes> old;
  std::vector<Bytes> fresh;
  std::vector<Bytes> patches;
};

Real real_patches() {
  std::mt19937_64 random(11);
  Real real;
  for (int i = 0; i < 2; ++i) {
    real.old.push_back(code_like(random, 4000));
    real.fresh.push_back(edited(random, edited(random, real.old.back())));
    append(real.fresh.back(), Bytes(200, 'x'));
  }
  for (std::size_t at = 0; at < 2000; at += 16) real.fresh[0][at] ^= 0x11U;
  for (const std::vector<Bytes>& old : {real.old, std::vector<Bytes>{}}) {
    const Result<Bytes> patch = make(views(old), views(real.fresh), {});
    if (patch) real.patches.push_back(*patch);
  }
  return real;
}

TEST(Apply, RefusesEveryTruncation) {
  const Real real = real_patches();
  ASSERT_EQ(real.patches.size(), 2U);
  for (const Bytes& patch : real.patches) {
    ASSERT_EQ(applied(real.old, patch, sizes_of(real.fresh)).value(), real.fresh);
    for (std::size_t size = 0; size < patch.size(); ++size) {
      EXPECT_FALSE(applied(real.old, ByteView(patch).first(size), sizes_of(real.fresh)))
          << "cut to " << size << " bytes of " << patch.size();
    }
  }
}

TEST(Apply, RefusesBytesAfterTheEnd) {
  const Real real = real_patches();
  for (Bytes patch : real.patches) {
    patch.push_back(0);
    EXPECT_FALSE(applied(real.old, patch, sizes_of(real.fresh)));
  }
}

TEST(Apply, SurvivesEveryFlippedByte) {
  const Real real = real_patches();
  std::size_t refused = 0;
  std::size_t unnoticed = 0;  // a digest has to notice
  for (const Bytes& patch : real.patches) {
    for (std::size_t at = 0; at < patch.size(); ++at) {
      Bytes flipped = patch;
      flipped[at] ^= static_cast<std::uint8_t>(at % 2 == 0 ? 0x81U : 1U << at % 7);
      const Result<std::vector<Bytes>> rebuilt = applied(real.old, flipped, sizes_of(real.fresh));
      if (!rebuilt) {
        ++refused;
        continue;
      }
      ++unnoticed;
      EXPECT_EQ(sizes_of(*rebuilt), sizes_of(real.fresh)) << "byte " << at;
    }
  }
  EXPECT_GT(refused, 0U);
  EXPECT_GT(unnoticed, 0U);
}

TEST(Apply, StaysWithinTheMemoryItIsGiven) {
  const std::vector<Bytes> fresh{Bytes(10U << 20U, 'a')};
  const Result<Bytes> full = make({}, views(fresh), {});
  ASSERT_TRUE(full);
  std::uint64_t produced = 0;
  const Result<std::vector<Bytes>> rebuilt =
      applied({}, *full, sizes_of(fresh), {.memory_bytes = 8U << 20U}, &produced);
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(produced, 0U);
  EXPECT_EQ(applied({}, *full, sizes_of(fresh), {.memory_bytes = 18U << 20U}).value(), fresh);
}

TEST(Apply, RefusesControlStreamsLargerThanWhatTheyMake) {
  expect_refused(Handmade{.gaps = Numbers(18, 0)}.bytes(), {1}, "bytes of gaps announced");
}

TEST(Stream, KeepsItsWindowBetweenFourKilobytesAndSixtyFourMegabytes) {
  EXPECT_EQ(window_bytes(0), 4096U);
  EXPECT_EQ(window_bytes(5000), 5000U);
  EXPECT_EQ(window_bytes(kHuge), 64U << 20U);
  EXPECT_EQ(window_log(0), 12);
  EXPECT_EQ(window_log(4097), 13);
  EXPECT_EQ(window_log(kHuge), 26);
}

TEST(Stream, RefusesContentThatEndsEarlyOrLateAndBytesLeftOver) {
  std::mt19937_64 random(12);
  std::set<Codec> codecs;
  for (const Bytes& content : {code_like(random, 3000), Bytes(30000, 'a')}) {
    const Result<Bytes> patch = make({}, views({content}), {});
    ASSERT_TRUE(patch);
    ByteReader reader(ByteView(*patch).subspan(2), "patch");
    const Result<PackedStream> stream = read_stream(reader, content.size(), "content");
    ASSERT_TRUE(stream);
    ASSERT_EQ(unpack(*stream).value(), content);
    codecs.insert(stream->codec);
    Bytes longer(stream->packed.begin(), stream->packed.end());
    longer.push_back(0);
    EXPECT_FALSE(unpack({stream->codec, stream->size, longer}));
    EXPECT_FALSE(unpack({stream->codec, stream->size + 1, stream->packed}));
    EXPECT_FALSE(unpack({stream->codec, stream->size - 1, stream->packed}));
  }
  EXPECT_THAT(codecs, ::testing::ElementsAre(Codec::Lzma, Codec::Zstd));
}

TEST(Stream, RefusesLzmaPropertiesThatDoNotExist) {
  for (const unsigned properties : {225U, 255U, 8U}) {  // 8: eight bits of literal context
    const Bytes packed{static_cast<std::uint8_t>(properties), 0, 1, 2, 3, 4, 5};
    const Result<Bytes> bytes = unpack({Codec::Lzma, 100, packed});
    ASSERT_FALSE(bytes) << properties;
    EXPECT_EQ(bytes.error().kind(), ErrorKind::Corrupt);
  }
  EXPECT_FALSE(unpack({Codec::Lzma, 100, {}}));
}

}  // namespace
}  // namespace interlude::delta
