#include "running/build_id.hpp"

#include <elf.h>

#include <cstring>
#include <vector>

#include "base/hex.hpp"

namespace interlude::running {
namespace {

constexpr std::size_t kMostHeaders = 64;
constexpr std::uint64_t kLongestNotes = 64U << 10U;
constexpr std::size_t kLongestId = 64;

template <class T>
std::optional<T> read_struct(const ReadAt& read_at, std::uint64_t offset) {
  std::uint8_t raw[sizeof(T)];
  if (!read_at(offset, raw)) return std::nullopt;
  T value;
  std::memcpy(&value, raw, sizeof value);
  return value;
}

std::size_t padded(std::size_t size) {
  return (size + 3) / 4 * 4;
}

std::optional<std::string> id_in(std::span<const std::uint8_t> notes) {
  while (notes.size() >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr header;
    std::memcpy(&header, notes.data(), sizeof header);
    notes = notes.subspan(sizeof header);
    if (header.n_namesz > notes.size() || padded(header.n_namesz) > notes.size()) return {};
    const auto name = notes.first(header.n_namesz);
    notes = notes.subspan(padded(header.n_namesz));
    if (header.n_descsz > notes.size()) return {};
    const auto content = notes.first(header.n_descsz);
    const bool is_gnu = name.size() == 4 && std::memcmp(name.data(), "GNU", 4) == 0;
    if (is_gnu && header.n_type == NT_GNU_BUILD_ID && !content.empty() &&
        content.size() <= kLongestId) {
      return to_hex({content.data(), content.size()});
    }
    notes = notes.subspan(std::min(padded(header.n_descsz), notes.size()));
  }
  return {};
}

}  // namespace

std::optional<std::string> build_id(const ReadAt& read_at) {
  const auto header = read_struct<Elf64_Ehdr>(read_at, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_phentsize != sizeof(Elf64_Phdr)) {
    return {};
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(header->e_phnum, kMostHeaders); ++i) {
    const std::uint64_t at = header->e_phoff + i * sizeof(Elf64_Phdr);
    const auto segment = read_struct<Elf64_Phdr>(read_at, at);
    if (!segment) return {};
    if (segment->p_type != PT_NOTE || segment->p_filesz > kLongestNotes) continue;
    std::vector<std::uint8_t> notes(segment->p_filesz);
    if (!read_at(segment->p_offset, notes)) continue;
    if (auto id = id_in(notes)) return id;
  }
  return {};
}

}  // namespace interlude::running
