#include "delta/pairs.hpp"

#include <algorithm>
#include <array>

#include "delta/control.hpp"

namespace interlude::delta {
namespace {

std::array<std::uint32_t, 4> numbers_of(const elf::FrameTable& table) {
  return {table.table, table.entries, table.frames, table.frames_size};
}

/// Numbers of the new file as differences from those of the old one.
template <std::size_t kCount>
void append_differences(Bytes& out, const std::array<std::uint32_t, kCount>& now,
                        const std::array<std::uint32_t, kCount>& then) {
  for (std::size_t i = 0; i < kCount; ++i) {
    append_varint(out, zigzag(std::uint64_t{now[i]} - then[i]));
  }
}

template <std::size_t kCount>
Result<std::array<std::uint32_t, kCount>> read_differences(
    ByteReader& in, const std::array<std::uint32_t, kCount>& then) {
  std::array<std::uint32_t, kCount> now{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const Result<std::uint64_t> difference = in.varint();
    if (!difference) return std::unexpected(difference.error());
    const std::uint64_t value = then[i] + unzigzag(*difference);
    if (value >= elf::kLargestAddress) return corrupt("a place beyond all addresses");
    now[i] = static_cast<std::uint32_t>(value);
  }
  return now;
}

/// The three numbers of a segment that say what lies where.
std::array<std::uint32_t, 3> numbers_of(const elf::Segment& segment) {
  return {segment.offset, segment.address, segment.size};
}

std::array<std::uint32_t, 3> old_segment(const elf::Image& image, std::size_t i) {
  return numbers_of(i < image.segments().size() ? image.segments()[i] : elf::Segment{});
}

std::array<std::uint32_t, 4> old_frame_table(const elf::Image& image) {
  return numbers_of(elf::find_frame_table(image).value_or(elf::FrameTable{}));
}

}  // namespace

void append_pairs(Bytes& out, const PairInfos& infos, std::span<const ByteView> old) {
  for (const std::optional<PairInfo>& info : infos) {
    append_varint(out, info ? info->old_file + 1 : 0);
    if (!info) continue;
    const elf::Image image = *elf::Image::parse(old[info->old_file]);
    append_varint(out, info->fresh_segments.size());
    for (std::size_t i = 0; i < info->fresh_segments.size(); ++i) {
      append_differences(out, numbers_of(info->fresh_segments[i]), old_segment(image, i));
    }
    append_varint(out, info->frame_table ? 1 : 0);
    if (info->frame_table) {
      append_differences(out, numbers_of(*info->frame_table), old_frame_table(image));
    }
  }
}

namespace {

Result<PairInfo> read_pair(ByteReader& in, std::size_t old_file, const elf::Image& image) {
  PairInfo info{old_file, {}, std::nullopt};
  const Result<std::uint64_t> segments = in.varint();
  if (!segments) return std::unexpected(segments.error());
  if (*segments > elf::kMostSegments) return corrupt("too many segments");
  for (std::size_t i = 0; i < *segments; ++i) {
    const auto now = read_differences(in, old_segment(image, i));
    if (!now) return std::unexpected(now.error());
    info.fresh_segments.push_back({.offset = (*now)[0], .address = (*now)[1], .size = (*now)[2]});
  }
  const Result<std::uint64_t> has_table = in.varint();
  if (!has_table) return std::unexpected(has_table.error());
  if (*has_table > 1) return corrupt("an unknown part of a pair");
  if (*has_table == 1) {
    const auto now = read_differences(in, old_frame_table(image));
    if (!now) return std::unexpected(now.error());
    info.frame_table = elf::FrameTable{(*now)[0], (*now)[1], (*now)[2], (*now)[3]};
  }
  return info;
}

}  // namespace

Result<PairInfos> read_pairs(ByteReader& in, std::span<const std::uint64_t> sizes,
                             std::span<const ByteView> old) {
  PairInfos infos(sizes.size());
  for (std::size_t file = 0; file < sizes.size(); ++file) {
    const Result<std::uint64_t> number = in.varint();
    if (!number) return std::unexpected(number.error());
    if (*number == 0) continue;
    if (sizes[file] >= elf::kLargestAddress) return corrupt("a pair for too large a file");
    if (*number > old.size()) return corrupt("a pair with an old file that there is not");
    const std::optional<elf::Image> image = elf::Image::parse(old[*number - 1]);
    if (!image) return corrupt("a pair with an old file that is no program");
    Result<PairInfo> info = read_pair(in, *number - 1, *image);
    if (!info) return std::unexpected(info.error());
    infos[file] = std::move(*info);
  }
  return infos;
}

Sides::Sides(std::span<const ByteView> old, std::span<const std::uint64_t> fresh_sizes) {
  for (const ByteView file : old) old_ends_.push_back(old_size() + file.size());
  for (const std::uint64_t size : fresh_sizes) fresh_ends_.push_back(fresh_size() + size);
}

Sides::Cut Sides::cut(std::uint64_t old, std::uint64_t fresh, std::uint64_t length) const {
  const auto file_at = [](const std::vector<std::uint64_t>& ends, std::uint64_t position) {
    return static_cast<std::size_t>(std::ranges::upper_bound(ends, position) - ends.begin());
  };
  const std::size_t old_file = file_at(old_ends_, old);
  const std::size_t fresh_file = file_at(fresh_ends_, fresh);
  const std::uint64_t old_begin = old_file == 0 ? 0 : old_ends_[old_file - 1];
  const std::uint64_t fresh_begin = fresh_file == 0 ? 0 : fresh_ends_[fresh_file - 1];
  return {old_file, fresh_file, old - old_begin, fresh - fresh_begin,
          std::min({length, old_ends_[old_file] - old, fresh_ends_[fresh_file] - fresh})};
}

const Programs::Program* Programs::of(std::size_t file) {
  const auto [at, added] = programs_.try_emplace(file);
  if (added) {
    std::optional<elf::Image> image = elf::Image::parse(files_[file]);
    if (image) {
      std::vector<elf::Reference> references = elf::find_references(*image);
      at->second = std::make_unique<Program>(std::move(*image), std::move(references));
    }
  }
  return at->second.get();
}

void CopyCollector::add(const Sides::Cut& cut) {
  const std::optional<PairInfo>& info = infos_[cut.fresh_file];
  if (info && info->old_file == cut.old_file) copies_[cut.fresh_file].push_back(cut.copy());
}

std::uint64_t prediction_memory(Programs& programs, const PairInfos& infos,
                                std::span<const std::vector<Copy>> copies) {
  // A copy is kept as one, sorted as another, and mapped; vectors grow by doubling.
  constexpr std::uint64_t kCopyBytes = 2 * 3 * sizeof(Copy);
  // A reference names a target and perhaps a base, each with where it went.
  constexpr std::uint64_t kTargetBytes = 2 * 2 * 2 * sizeof(std::uint32_t);
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    bytes += copies[i].size() * kCopyBytes;
    const Programs::Program* program = infos[i] ? programs.of(infos[i]->old_file) : nullptr;
    if (program == nullptr) continue;
    bytes += program->references.size() * 2 * sizeof(elf::Reference);
    for (const Copy& copy : copies[i]) {
      const auto used = within(program->references, copy.old_place, copy.length);
      bytes += used.size() * kTargetBytes;
    }
  }
  return bytes;
}

Pairs::Pairs(Programs& programs, const PairInfos& infos, std::vector<std::vector<Copy>> copies) {
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const Programs::Program* program = infos[i] ? programs.of(infos[i]->old_file) : nullptr;
    pairs_.push_back(program == nullptr
                         ? nullptr
                         : std::make_unique<Pair>(program->image, program->references, *infos[i],
                                                  std::move(copies[i])));
  }
}

const Pair* Pairs::of(std::size_t old_file, std::size_t fresh_file) const {
  const Pair* pair = pairs_[fresh_file].get();
  return pair != nullptr && pair->old_file() == old_file ? pair : nullptr;
}

}  // namespace interlude::delta
