// Patches by prediction made by hand: what a reader refuses, and that it does so before the first
// byte.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

#include "delta/handmade.hpp"
#include "delta/pairs.hpp"
#include "delta/test_data.hpp"

namespace interlude::delta {
namespace {

using ::testing::HasSubstr;

Bytes sample(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
const Bytes kLibrary = sample(SAMPLE_OLD);
const elf::Image kImage = *elf::Image::parse(kLibrary);

/// The pair of a file with itself.
Numbers same(const Numbers& frame_table = {0}) {
  Numbers numbers{1, kImage.segments().size()};
  numbers.resize(numbers.size() + 3 * kImage.segments().size());
  numbers.insert(numbers.end(), frame_table.begin(), frame_table.end());
  return numbers;
}

/// A frame table that differs from the old one in one of its four numbers.
Numbers other_table(std::size_t which, std::int64_t difference) {
  Numbers table{1, 0, 0, 0, 0};
  table[1 + which] = zigzag(static_cast<std::uint64_t>(difference));
  return table;
}

void expect_refused(const Handmade& patch, const std::string& reason,
                    const std::vector<Bytes>& old = {kLibrary}) {
  std::uint64_t produced = 0;
  const auto rebuilt =
      applied(old, patch.bytes(Method::Predicted), {kLibrary.size()}, {}, &produced);
  ASSERT_FALSE(rebuilt) << reason;
  EXPECT_EQ(rebuilt.error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(rebuilt.error().message(), HasSubstr(reason));
  EXPECT_EQ(produced, 0U) << reason;
}

std::uint64_t count_of_references() {
  return elf::find_references(kImage).size();
}

TEST(PredictedByHand, WhatDidNotMoveIsPredictedAsItIs) {
  for (const Numbers& table : {Numbers{0}, Numbers{1, 0, 0, 0, 0}}) {
    const auto rebuilt = applied(
        {kLibrary}, Handmade{.pairs = same(table)}.bytes(Method::Predicted), {kLibrary.size()});
    ASSERT_TRUE(rebuilt) << rebuilt.error().message();
    EXPECT_EQ(rebuilt->front(), kLibrary);
  }
}

TEST(PredictedByHand, ACorrectionChangesOneFieldAndAnExceptionAllOfATarget) {
  const auto different = [](const Handmade& patch) {
    const auto rebuilt =
        applied({kLibrary}, patch.bytes(Method::Predicted), {kLibrary.size()}).value();
    std::size_t count = 0;
    for (std::size_t i = 0; i < kLibrary.size(); ++i) {
      count += rebuilt.front()[i] != kLibrary[i] ? 1U : 0U;
    }
    return count;
  };
  const std::size_t by_correction = different(
      {.pairs = same(), .correction_gaps = {count_of_references() - 1}, .corrections = {2}});
  EXPECT_GE(by_correction, 1U);
  EXPECT_LE(by_correction, 8U);

  const std::vector<elf::Reference> references = elf::find_references(kImage);
  const std::vector<Copy> whole{{0, 0, static_cast<std::uint32_t>(kLibrary.size())}};
  const Targets targets(references, whole);
  std::map<std::uint32_t, std::size_t> counts;
  for (const elf::Reference& reference : references) {
    const bool x86_64 = reference.form == elf::Form::Relative32;
    if (x86_64 || reference.form == elf::Form::Branch26) ++counts[reference.target];
  }
  const auto most = std::ranges::max_element(counts, {}, [](const auto& at) { return at.second; });
  ASSERT_GT(most->second, 20U);
  const auto before = static_cast<std::uint64_t>(
      std::ranges::lower_bound(targets.old(), most->first) - targets.old().begin());
  // By 8, as a branch of AArch64 reaches every fourth byte only.
  EXPECT_GE(different({.pairs = same(), .target_gaps = {before}, .target_shifts = {zigzag(8)}}),
            most->second);
}

TEST(PredictedByHand, FollowsLines) {
  const Bytes old = to_bytes("0123456789abcdefghijklmnopqrstuvwxyz");
  const auto made = [&](const Numbers& moves, const Numbers& copies, const Numbers& lines) {
    const Handmade patch{.moves = moves,
                         .copies = copies,
                         .inserts = Numbers(copies.size() - 1, 0),
                         .lines = lines,
                         .pairs = {0}};
    std::uint64_t size = 0;
    for (const std::uint64_t copy : copies) size += copy;
    const auto rebuilt = applied({old}, patch.bytes(Method::Predicted), {size});
    return std::string(rebuilt ? as_text(rebuilt->front()) : rebuilt.error().message());
  };
  // From 0, 10 further, back to the first line, on along the second but one byte later.
  EXPECT_EQ(made({0, 20, 0, 2}, {3, 3, 3, 3}, {0, 0, 1, 1}), "012def678klm");
  // Lines missing at the end are 0; a line that was not right stays where it was.
  EXPECT_EQ(made({0, 20, 2}, {3, 3, 3}, {}), "012defhij");
  EXPECT_EQ(made({0, 20, 2, 0}, {3, 3, 3, 3}, {0, 0, 1, 2}), "012def7899ab");
  // Eight are kept.
  const Numbers far(9, 2);
  EXPECT_EQ(made(far, Numbers(9, 1), {0, 0, 0, 0, 0, 0, 0, 0, 7}), "13579bdfa");
  EXPECT_THAT(made({0, 0}, {1, 1}, {0, 8}), HasSubstr("a line that there is not"));
  EXPECT_THAT(made({0, 2}, {1, 1}, {0, 0, 0}), HasSubstr("after its end"));
}

TEST(PredictedByHand, RefusesPairsThatCannotBe) {
  expect_refused({.pairs = {2, 0, 0}}, "an old file that there is not");
  expect_refused({.pairs = {1, 0, 0}}, "no program", {Bytes(100, 'x')});
  expect_refused({.pairs = {1, elf::kMostSegments + 1}}, "too many segments");
  expect_refused({.pairs = {1, 1, zigzag(elf::kLargestAddress), 0, 0, 0}}, "beyond all addresses");
  expect_refused({.pairs = {1, 1, zigzag(std::uint64_t{0} - 1 - elf::kLargestAddress), 0, 0, 0}},
                 "beyond all addresses");
  expect_refused({.pairs = same({2})}, "an unknown part of a pair");
  expect_refused({.pairs = {1, 0}}, "ends at");
  Numbers longer = same();
  longer.push_back(0);
  expect_refused({.pairs = longer}, "after its end");
}

TEST(PredictedByHand, RefusesAPairForTooLargeAFile) {
  const Handmade patch{.pairs = same()};
  std::uint64_t produced = 0;
  const auto rebuilt =
      applied({kLibrary}, patch.bytes(Method::Predicted), {elf::kLargestAddress}, {}, &produced);
  ASSERT_FALSE(rebuilt);
  EXPECT_THAT(rebuilt.error().message(), HasSubstr("too large a file"));
  EXPECT_EQ(produced, 0U);
}

TEST(PredictedByHand, RefusesFrameTablesOutsideTheirFile) {
  const elf::FrameTable table = *elf::find_frame_table(kImage);
  const auto size = static_cast<std::int64_t>(kLibrary.size());
  const std::string reason = "a table of frames outside its file";
  expect_refused({.pairs = same(other_table(0, 1 - std::int64_t{table.table}))}, reason);
  expect_refused({.pairs = same(other_table(0, size - table.table))}, reason);
  expect_refused({.pairs = same(other_table(1, size))}, reason);
  expect_refused({.pairs = same(other_table(2, size - table.frames))}, reason);
  expect_refused({.pairs = same(other_table(3, size))}, reason);
  expect_refused({.pairs = same(other_table(3, -std::int64_t{table.frames_size}))}, reason);
  // Without segments nothing has an address.
  Numbers no_segments{1, 0, 1, 0, 0, 0, 0};
  expect_refused({.pairs = no_segments}, reason);
}

TEST(PredictedByHand, RefusesExceptionsForMoreThanThereIs) {
  const std::string reason = "an exception for more than there is";
  expect_refused({.pairs = same(), .target_gaps = {1U << 20U}, .target_shifts = {2}}, reason);
  expect_refused({.pairs = same(), .correction_gaps = {count_of_references()}, .corrections = {2}},
                 reason);
  expect_refused({.pairs = {0}, .correction_gaps = {0}, .corrections = {2}}, reason);
  const std::string nothing = "an exception that changes nothing";
  expect_refused({.pairs = same(), .target_gaps = {0}, .target_shifts = {0}}, nothing);
  expect_refused({.pairs = same(), .correction_gaps = {0}, .corrections = {0}}, nothing);
  expect_refused({.pairs = same(), .target_gaps = {0}}, "ends at");
  expect_refused({.pairs = same(), .corrections = {2}}, "after its end");
}

TEST(PredictedByHand, CountsWhatPredictingTakesAgainstTheLimit) {
  const Handmade patch{.pairs = same()};
  const Limits windows{.memory_bytes = 160U << 10U};
  EXPECT_TRUE(applied({kLibrary}, patch.bytes(Method::Differences), {kLibrary.size()}, windows));
  std::uint64_t produced = 0;
  const auto rebuilt =
      applied({kLibrary}, patch.bytes(Method::Predicted), {kLibrary.size()}, windows, &produced);
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(produced, 0U);
}

}  // namespace
}  // namespace interlude::delta
