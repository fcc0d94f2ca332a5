#include "elf/frame_table.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace interlude::elf {
namespace {

constexpr std::uint32_t kEntrySize = 8;
// Encodings of .eh_frame_hdr: pointer to .eh_frame relative to itself; count; table relative to
// the header.
constexpr std::uint32_t kUsualHeader = 0x3b031b01;

}  // namespace

std::optional<FrameTable> find_frame_table(const Image& image) {
  if (!image.frame_header()) return std::nullopt;
  const std::uint32_t address = image.frame_header()->address;
  const ByteView header = image.at(address, image.frame_header()->size);
  const std::optional<std::uint32_t> offset = image.offset_of(address);
  if (!offset || header.size() < kFrameHeaderSize || u32_at(header, 0) != kUsualHeader) {
    return std::nullopt;
  }
  const std::uint32_t frames_address = address + 4 + u32_at(header, 4);
  const std::optional<std::uint32_t> frames = image.offset_of(frames_address);
  const std::uint32_t entries = u32_at(header, 8);
  if (!frames || entries > (header.size() - kFrameHeaderSize) / kEntrySize) return std::nullopt;
  if (*frames < *offset + kFrameHeaderSize + entries * kEntrySize) return std::nullopt;
  const ByteView bytes = image.at(frames_address, kLargestAddress);
  std::size_t at = 0;
  while (bytes.size() - at >= 4) {
    const std::uint32_t length = u32_at(bytes, at);
    if (length == 0 || length > bytes.size() - at - 4) break;
    at += 4 + std::size_t{length};
  }
  return FrameTable{*offset + kFrameHeaderSize, entries, *frames, static_cast<std::uint32_t>(at)};
}

Bytes make_frame_table(ByteView frames, std::uint32_t frames_address, std::uint32_t entries,
                       std::uint32_t header_address) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> functions;  // address, frame
  std::size_t at = 0;
  while (frames.size() - at >= 12) {
    const std::uint32_t length = u32_at(frames, at);
    if (length < 8 || length > frames.size() - at - 4) break;
    if (u32_at(frames, at + 4) != 0) {
      const auto place = static_cast<std::uint32_t>(frames_address + at);
      functions.emplace_back(place + 8 + u32_at(frames, at + 8), place);
    }
    at += 4 + std::size_t{length};
  }
  std::ranges::stable_sort(functions, {}, &std::pair<std::uint32_t, std::uint32_t>::first);
  Bytes table(std::size_t{entries} * kEntrySize);
  for (std::size_t i = 0; i < std::min<std::size_t>(entries, functions.size()); ++i) {
    const std::uint64_t entry = (functions[i].first - header_address) |
                                static_cast<std::uint64_t>(functions[i].second - header_address)
                                    << 32U;
    for (unsigned k = 0; k < kEntrySize; ++k) {
      table[i * kEntrySize + k] = static_cast<std::uint8_t>(entry >> (8 * k));
    }
  }
  return table;
}

}  // namespace interlude::elf
