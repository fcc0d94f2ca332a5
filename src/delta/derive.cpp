#include "delta/derive.hpp"

#include <algorithm>

namespace interlude::delta {
namespace {

std::unexpected<Error> outside() {
  return fail(ErrorKind::Corrupt, "patch: a table of frames outside its file");
}

}  // namespace

Result<std::uint64_t> held_bytes(const PairInfos& infos, std::span<const std::uint64_t> sizes) {
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    if (!infos[i] || !infos[i]->frame_table) continue;
    const elf::FrameTable& table = *infos[i]->frame_table;
    const std::uint64_t table_end = table.table + std::uint64_t{table.entries} * 8;
    const std::uint64_t end = table.frames + std::uint64_t{table.frames_size};
    if (table.table < elf::kFrameHeaderSize || table_end > table.frames || end > sizes[i] ||
        table.frames_size == 0) {
      return outside();
    }
    const PairInfo& info = *infos[i];
    if (!elf::address_of(info.fresh_segments, table.table - elf::kFrameHeaderSize) ||
        !elf::address_of(info.fresh_segments, table.frames)) {
      return outside();
    }
    most = std::max(most, end - table.table);
  }
  return most;
}

Status Deriver::write(std::size_t file, ByteView piece) {
  if (file != file_) {
    file_ = file;
    position_ = 0;
  }
  if (!infos_[file] || !infos_[file]->frame_table) return sink_(file, piece);
  const elf::FrameTable& table = *infos_[file]->frame_table;
  const std::uint64_t end = table.frames + std::uint64_t{table.frames_size};
  const auto pass = [&](std::uint64_t count) {
    const ByteView part = piece.first(std::min<std::uint64_t>(count, piece.size()));
    piece = piece.subspan(part.size());
    position_ += part.size();
    return part;
  };
  if (position_ < table.table) {
    if (const Status taken = sink_(file, pass(table.table - position_)); !taken) return taken;
  }
  if (!piece.empty() && position_ < end) {
    append(held_, pass(end - position_));
    if (position_ == end) {
      if (const Status released = release(file); !released) return released;
    }
  }
  if (piece.empty()) return {};
  return sink_(file, pass(piece.size()));
}

Status Deriver::release(std::size_t file) {
  const PairInfo& info = *infos_[file];
  const elf::FrameTable& table = *info.frame_table;
  const std::uint32_t header = table.table - elf::kFrameHeaderSize;
  const Bytes made = elf::make_frame_table(
      ByteView(held_).subspan(table.frames - table.table),
      elf::address_of(info.fresh_segments, table.frames).value_or(0), table.entries,
      elf::address_of(info.fresh_segments, header).value_or(0));
  std::ranges::copy(made, held_.begin());
  const Status taken = sink_(file, held_);
  held_ = {};
  return taken;
}

}  // namespace interlude::delta
