#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "elf/frame_table.hpp"
#include "elf/frames.hpp"
#include "elf/names.hpp"
#include "elf/reference.hpp"

namespace interlude::elf {
namespace {

constexpr const char* kAarch64 = INTERLUDE_SOURCE_DIR "/tests/vectors/delta/predicted-aarch64/old";

Bytes sample(const char* path = SAMPLE_NEW) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Image, KnowsWhereThingsAre) {
  const Bytes file = sample();
  const std::optional<Image> image = Image::parse(file);
  ASSERT_TRUE(image);
  EXPECT_FALSE(image->fixed());
  ASSERT_TRUE(image->dynamic());
  const std::optional<std::uint32_t> dynamic = image->offset_of(image->dynamic()->address);
  ASSERT_TRUE(dynamic);
  EXPECT_EQ(address_of(image->segments(), *dynamic), image->dynamic()->address);
  EXPECT_TRUE(std::ranges::any_of(image->segments(), &Segment::executable));
}

TEST(Image, IsNothingWhereTheHeadersCannotBe) {
  const Bytes file = sample();
  EXPECT_FALSE(Image::parse(ByteView(file).first(63)));
  EXPECT_FALSE(Image::parse(to_bytes("#!/bin/sh")));
  for (const std::size_t at : {0U, 4U, 5U, 16U, 18U, 36U, 54U}) {
    Bytes broken = file;
    broken[at] = static_cast<std::uint8_t>(broken[at] ^ 0x55U);
    EXPECT_FALSE(Image::parse(broken)) << at;
  }
}

/// How many there are of each form, once all are in order, apart, and say what the file says.
std::map<Form, int> checked_references(const Image& image) {
  std::map<Form, int> forms;
  std::uint64_t end = 0;
  for (const Reference& reference : find_references(image)) {
    ++forms[reference.form];
    EXPECT_GE(reference.at, end);
    end = reference.at + field_size(reference.form);
    EXPECT_LE(end, image.file().size());
    const std::uint64_t field = read_field(image.file(), reference.at, reference.form);
    const std::uint32_t own = address_of(image.segments(), reference.at).value_or(0);
    const std::uint32_t place = image.offset_of(reference.target).value_or(0);
    EXPECT_EQ(encode(reference, field, own, reference.target, reference.base, place), field)
        << "form " << static_cast<int>(reference.form) << " at " << reference.at;
  }
  return forms;
}

TEST(References, AreInOrderAndSayWhatTheFileSays) {
  const Bytes file = sample();
  std::map<Form, int> forms = checked_references(*Image::parse(file));
  for (const Form form : {Form::Self32, Form::Back32, Form::Base32, Form::Length32, Form::Length64,
                          Form::Index32, Form::Absolute64, Form::Place64, Form::Offset64}) {
    EXPECT_GT(forms[form], 5) << static_cast<int>(form);
  }
}

TEST(References, AreFoundInCodeForAarch64) {
  const Bytes file = sample(kAarch64);
  std::map<Form, int> forms = checked_references(*Image::parse(file));
  for (const Form form : {Form::Branch26, Form::Branch19, Form::Page21, Form::Low12}) {
    EXPECT_GT(forms[form], 50) << static_cast<int>(form);
  }
}

TEST(References, OnAarch64AFieldFarBehindThePageIsNone) {
  const Bytes file = sample(kAarch64);
  const Image image = *Image::parse(file);
  constexpr std::uint32_t kLoad = 0xb95e2920;  // ldr w0, [x9, #0x1e28], behind an ADRP of x9
  std::uint32_t at = *image.offset_of(image.code().front().address);
  while (u32_at(file, at) != kLoad) at += 4;
  const std::vector<Reference> references = find_references(image);
  EXPECT_TRUE(std::ranges::binary_search(references, at - 4, {}, &Reference::at));
  EXPECT_FALSE(std::ranges::binary_search(references, at, {}, &Reference::at));
}

TEST(Code, IsWhatSectionsSayElseWhatSegmentsDo) {
  Bytes file = sample(kAarch64);
  const Image image = *Image::parse(file);
  const Segment& segment = image.segments().front();
  ASSERT_TRUE(segment.executable);
  ASSERT_EQ(image.code().size(), 2U);  // .text and .plt
  const Range text = image.code().front();
  EXPECT_GT(text.address, segment.address);
  EXPECT_FALSE(image.is_code(text.address - 1));
  EXPECT_TRUE(image.is_code(text.address));
  EXPECT_TRUE(image.is_code(text.address + text.size - 1));

  constexpr std::size_t kSectionCount = 60;
  std::fill_n(file.begin() + kSectionCount, 2, std::uint8_t{0});
  const Image stripped = *Image::parse(file);
  EXPECT_THAT(stripped.code(), ::testing::ElementsAre(Range{segment.address, segment.size}));
}

TEST(References, NeverLeaveAFileWithRandomDamage) {
  const std::array<Bytes, 2> files{sample(), sample(kAarch64)};
  std::mt19937_64 random(11);
  for (int round = 0; round < 400; ++round) {
    Bytes broken = files[round % 4 == 3 ? 1 : 0];
    const std::size_t header = round % 2 == 0 ? 1024 : broken.size();
    for (int i = 0; i < 20; ++i) broken[random() % header] = static_cast<std::uint8_t>(random());
    if (round % 5 == 0) broken.resize(64 + random() % (broken.size() - 64));
    const std::optional<Image> image = Image::parse(broken);
    if (!image) continue;
    for (const Reference& reference : find_references(*image)) {
      ASSERT_LE(reference.at + field_size(reference.form), broken.size());
    }
    (void)find_frame_table(*image);
    (void)named_places(*image);
  }
}

TEST(Frames, NameEveryFunctionOnce) {
  const Bytes file = sample();
  const Image image = *Image::parse(file);
  const Frames frames = read_frames(image);
  EXPECT_GT(frames.functions.size(), 120U);
  EXPECT_TRUE(std::ranges::is_sorted(frames.functions, std::ranges::less_equal()) ||
              std::ranges::adjacent_find(frames.functions) == frames.functions.end());
  for (const std::uint32_t function : frames.functions) EXPECT_TRUE(image.is_code(function));
}

TEST(FrameTable, FollowsFromTheFrames) {
  for (const char* path : {SAMPLE_OLD, SAMPLE_NEW}) {
    const Bytes file = sample(path);
    const Image image = *Image::parse(file);
    const std::optional<FrameTable> table = find_frame_table(image);
    ASSERT_TRUE(table);
    EXPECT_GT(table->entries, 120U);
    const Bytes made =
        make_frame_table(ByteView(file).subspan(table->frames, table->frames_size),
                         *address_of(image.segments(), table->frames), table->entries,
                         *address_of(image.segments(), table->table - kFrameHeaderSize));
    const ByteView there = ByteView(file).subspan(table->table, made.size());
    EXPECT_TRUE(std::ranges::equal(made, there));
  }
}

TEST(NamedPlaces, AreCalledTheSameInBothVersions) {
  const Bytes old_file = sample(SAMPLE_OLD);
  const Bytes fresh_file = sample(SAMPLE_NEW);
  const auto names_in = [](const Bytes& file) {
    std::vector<std::uint64_t> names;
    for (const auto& [address, name] : named_places(*Image::parse(file))) names.push_back(name);
    std::ranges::sort(names);
    return names;
  };
  const std::vector<std::uint64_t> old = names_in(old_file);
  const std::vector<std::uint64_t> fresh = names_in(fresh_file);
  std::vector<std::uint64_t> both;
  std::ranges::set_intersection(old, fresh, std::back_inserter(both));
  EXPECT_GT(both.size(), 100U);
  EXPECT_GT(both.size() * 10, old.size() * 9);
}

TEST(NamedPlaces, AreJumpsOfTheProcedureLinkageTableToo) {
  const Bytes file = sample(kAarch64);
  const Image image = *Image::parse(file);
  const Range table = image.code().back();
  std::size_t jumps = 0;
  for (const auto& [address, name] : named_places(image)) {
    jumps += address >= table.address && address - table.address < table.size ? 1U : 0U;
  }
  EXPECT_EQ(jumps, 2U);  // printf, checked
}

}  // namespace
}  // namespace interlude::elf
