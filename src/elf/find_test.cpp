#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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

TEST(References, AreInOrderAndSayWhatTheFileSays) {
  const Bytes file = sample();
  const Image image = *Image::parse(file);
  const std::vector<Reference> references = find_references(image);
  std::map<Form, int> forms;
  std::uint64_t end = 0;
  for (const Reference& reference : references) {
    ++forms[reference.form];
    ASSERT_GE(reference.at, end);
    end = reference.at + field_size(reference.form);
    ASSERT_LE(end, file.size());
    const std::uint64_t field = read_field(file, reference.at, reference.form);
    const std::uint32_t own = address_of(image.segments(), reference.at).value_or(0);
    const std::uint32_t place = image.offset_of(reference.target).value_or(0);
    if (reference.form == Form::Page21) continue;  // the page of an unfinished pair
    EXPECT_EQ(encode(reference, field, own, reference.target, reference.base, place), field)
        << "form " << static_cast<int>(reference.form) << " at " << reference.at;
  }
  for (const Form form : {Form::Self32, Form::Back32, Form::Base32, Form::Length32, Form::Length64,
                          Form::Index32, Form::Absolute64, Form::Place64, Form::Offset64}) {
    EXPECT_GT(forms[form], 5) << static_cast<int>(form);
  }
  EXPECT_GT(references.size(), 1500U);
}

TEST(References, NeverLeaveAFileWithRandomDamage) {
  const Bytes file = sample();
  std::mt19937_64 random(11);
  for (int round = 0; round < 300; ++round) {
    Bytes broken = file;
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

}  // namespace
}  // namespace interlude::elf
