// Patches made long ago must apply for ever: tests/vectors/delta, made by make.sh there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "delta/control.hpp"
#include "delta/patch_file.hpp"
#include "delta/stream.hpp"

namespace interlude::delta {
namespace {

namespace fs = std::filesystem;

const fs::path kVectors = fs::path(INTERLUDE_SOURCE_DIR) / "tests/vectors/delta";

Bytes content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> cases() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(kVectors)) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  return found;
}

TEST(GoldenPatches, ApplyForEver) {
  EXPECT_THAT(cases().size(), ::testing::Ge(6U));
  for (const fs::path& directory : cases()) {
    SCOPED_TRACE(directory.filename());
    const Bytes old_bytes = content_of(directory / "old");
    const Tree old = single_file(old_bytes);
    const Bytes patch_bytes = content_of(directory / "patch");
    const Result<PatchFile> patch = PatchFile::parse(patch_bytes);
    ASSERT_TRUE(patch) << patch.error().message();
    const Result<Listing> listing = fresh_listing(*patch, old, {});
    ASSERT_TRUE(listing) << listing.error().message();
    Bytes fresh;
    const Status applied =
        apply_content(*patch, old, *listing, {}, [&](std::size_t, ByteView piece) {
          append(fresh, piece);
          return Status{};
        });
    ASSERT_TRUE(applied) << applied.error().message();
    EXPECT_EQ(fresh, content_of(directory / "new"));
  }
}

TEST(GoldenPatches, UseEveryMethodAndEveryCodec) {
  std::set<unsigned> methods;
  std::set<Codec> codecs;
  for (const fs::path& directory : cases()) {
    const Bytes bytes = content_of(directory / "patch");
    const Result<PatchFile> patch = PatchFile::parse(bytes);
    ASSERT_TRUE(patch);
    ByteReader reader(patch->content_patch, "patch");
    methods.insert(*reader.u8() & ((1U << kMethodBits) - 1));
    (void)reader.varint();  // the number of files
    while (reader.left() > 0) {
      const Result<PackedStream> stream = read_stream(reader, kLargestSide, "stream");
      ASSERT_TRUE(stream);
      codecs.insert(stream->codec);
    }
  }
  EXPECT_THAT(methods, ::testing::ElementsAre(0U, 1U, 2U));
  EXPECT_THAT(codecs, ::testing::ElementsAre(Codec::Stored, Codec::Lzma, Codec::Zstd,
                                             Codec::LzmaX86, Codec::LzmaArm64));
}

}  // namespace
}  // namespace interlude::delta
