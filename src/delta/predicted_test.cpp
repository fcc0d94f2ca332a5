// Patches for programs, on a library that was built twice: before and after a fix.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "delta/control.hpp"
#include "delta/delta.hpp"
#include "delta/test_data.hpp"

namespace interlude::delta {
namespace {

using ::testing::HasSubstr;
using ::testing::Le;

Bytes sample(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
const Bytes kOldLibrary = sample(SAMPLE_OLD);
const Bytes kNewLibrary = sample(SAMPLE_NEW);

unsigned method_of(const Bytes& patch) {
  return patch[0] & ((1U << kMethodBits) - 1);
}

TEST(Predicted, AFixInALibraryIsSmall) {
  ASSERT_GT(kOldLibrary.size(), 50000U);
  const Result<Bytes> patch = make(views({kOldLibrary}), views({kNewLibrary}), {});
  ASSERT_TRUE(patch);
  EXPECT_EQ(method_of(*patch), static_cast<unsigned>(Method::Predicted));
  EXPECT_THAT(patch->size(), Le(2500U));  // bsdiff's is 3,900 bytes
  const auto rebuilt = applied({kOldLibrary}, *patch, {kNewLibrary.size()});
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  EXPECT_EQ(rebuilt->front(), kNewLibrary);
}

TEST(Predicted, GoesBackToo) {
  const Result<Bytes> patch = make(views({kNewLibrary}), views({kOldLibrary}), {});
  ASSERT_TRUE(patch);
  EXPECT_EQ(applied({kNewLibrary}, *patch, {kOldLibrary.size()}).value().front(), kOldLibrary);
}

TEST(Predicted, FindsThePairAmongOtherFiles) {
  std::mt19937_64 random(21);
  const Bytes text = code_like(random, 3000);
  const std::vector<Bytes> old{text, kOldLibrary, {}};
  const std::vector<Bytes> fresh{kNewLibrary, {}, edited(random, text), kOldLibrary};
  const Result<Bytes> patch = make(views(old), views(fresh), {});
  ASSERT_TRUE(patch);
  EXPECT_EQ(method_of(*patch), static_cast<unsigned>(Method::Predicted));
  EXPECT_EQ(applied(old, *patch, sizes_of(fresh)).value(), fresh);
}

TEST(Predicted, TwoNewFilesMayComeFromOneOldFile) {
  const std::vector<Bytes> fresh{kNewLibrary, kNewLibrary};
  const Result<Bytes> one = make(views({kOldLibrary}), views({kNewLibrary}), {});
  const Result<Bytes> two = make(views({kOldLibrary}), views(fresh), {});
  ASSERT_TRUE(one && two);
  EXPECT_EQ(applied({kOldLibrary}, *two, sizes_of(fresh)).value(), fresh);
}

TEST(Predicted, DoesNotDependOnTheNumberOfThreads) {
  const Result<Bytes> one = make(views({kOldLibrary}), views({kNewLibrary}), {.threads = 1});
  const Result<Bytes> many = make(views({kOldLibrary}), views({kNewLibrary}), {.threads = 7});
  ASSERT_TRUE(one && many);
  EXPECT_EQ(*one, *many);
}

TEST(Predicted, DamagedPatchesAreRefusedOrMakeFilesOfTheRightSize) {
  const Bytes patch = make(views({kOldLibrary}), views({kNewLibrary}), {}).value();
  ASSERT_EQ(method_of(patch), static_cast<unsigned>(Method::Predicted));
  std::mt19937_64 random(22);
  for (std::size_t at = 0; at < patch.size(); at += 3) {
    Bytes damaged = patch;
    damaged[at] = static_cast<std::uint8_t>(random());
    const auto rebuilt =
        applied({kOldLibrary}, damaged, {kNewLibrary.size()}, {.memory_bytes = 8U << 20U});
    if (!rebuilt) continue;
    EXPECT_EQ(rebuilt->front().size(), kNewLibrary.size());
  }
  for (std::size_t length = 0; length < patch.size(); length += 7) {
    const Bytes cut(patch.begin(), patch.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_FALSE(applied({kOldLibrary}, cut, {kNewLibrary.size()}));
  }
}

TEST(Predicted, IsRefusedBeforeTheFirstByteWhereMemoryIsShort) {
  const Bytes patch = make(views({kOldLibrary}), views({kNewLibrary}), {}).value();
  std::uint64_t produced = 0;
  std::uint64_t enough = 0;
  for (std::uint64_t allowed = 64U << 10U; enough == 0; allowed += 8U << 10U) {
    const auto rebuilt =
        applied({kOldLibrary}, patch, {kNewLibrary.size()}, {.memory_bytes = allowed}, &produced);
    if (rebuilt) {
      enough = allowed;
      break;
    }
    EXPECT_EQ(rebuilt.error().kind(), ErrorKind::NoSpace);
    ASSERT_EQ(produced, 0U);
  }
  // More than the windows: each of some 3,000 references is kept.
  EXPECT_GT(enough, 256U << 10U);
  EXPECT_LT(enough, 4U << 20U);
}

TEST(Predicted, AnotherOldFileGivesAnErrorOrTheRightSize) {
  const Bytes patch = make(views({kOldLibrary}), views({kNewLibrary}), {}).value();
  std::mt19937_64 random(23);
  Bytes other = kOldLibrary;
  for (int i = 0; i < 200; ++i) {
    other[random() % other.size()] = static_cast<std::uint8_t>(random());
    const auto rebuilt = applied({other}, patch, {kNewLibrary.size()});
    if (!rebuilt) continue;
    EXPECT_EQ(rebuilt->front().size(), kNewLibrary.size());
  }
  const auto text = applied({Bytes(kOldLibrary.size(), 'x')}, patch, {kNewLibrary.size()});
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message(), HasSubstr("no program"));
}

TEST(Predicted, NeedsVersionTwo) {
  Bytes patch = make(views({kOldLibrary}), views({kNewLibrary}), {}).value();
  EXPECT_EQ(patch[0] >> kMethodBits, 2U);
  patch[0] = static_cast<std::uint8_t>(1U << kMethodBits | 2U);
  const auto rebuilt = applied({kOldLibrary}, patch, {kNewLibrary.size()});
  ASSERT_FALSE(rebuilt);
  EXPECT_THAT(rebuilt.error().message(), HasSubstr("unknown method 2"));
}

}  // namespace
}  // namespace interlude::delta
