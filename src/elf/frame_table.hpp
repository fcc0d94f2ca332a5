#pragma once
// The search table of .eh_frame_hdr follows from .eh_frame: one pair of numbers for each function,
// sorted. Frozen: see reference.hpp.
// Source: Linux Standard Base Core 5.0, 10.6.2.

#include <cstdint>
#include <optional>

#include "elf/image.hpp"

namespace interlude::elf {

/// Where a file has the two, as places in the file.
struct FrameTable {
  std::uint32_t table = 0;        ///< behind the header's count
  std::uint32_t entries = 0;      ///< 8 bytes each
  std::uint32_t frames = 0;       ///< where .eh_frame begins
  std::uint32_t frames_size = 0;  ///< to its end

  bool operator==(const FrameTable&) const = default;
};

/// The end of .eh_frame is where its entries end. Nothing where a file has no such table, or not
/// before .eh_frame, as all linkers lay them out.
std::optional<FrameTable> find_frame_table(const Image& image);

/// The table for these frames. Addresses are where the two begin in memory. Entries beyond what
/// there is room for are left out; missing ones are 0. Cost: n log n.
Bytes make_frame_table(ByteView frames, std::uint32_t frames_address, std::uint32_t entries,
                       std::uint32_t header_address);

/// The bytes of .eh_frame_hdr before the table.
inline constexpr std::uint32_t kFrameHeaderSize = 12;

}  // namespace interlude::elf
