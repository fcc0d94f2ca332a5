#include "elf/aarch64.hpp"

#include <array>
#include <optional>

namespace interlude::elf::aarch64 {
namespace {

/// What an ADRP left in a register, and where that ADRP stands in `found`.
struct Page {
  std::uint32_t address = 0;
  std::size_t reference = 0;
  std::uint32_t at = 0;
  bool complete = false;  ///< the low bits of the target are known
};

/// An instruction that uses the page is at most this far behind the ADRP.
constexpr std::uint32_t kFar = 256;
constexpr std::size_t kRegisters = 32;

/// ADD (immediate, 64 bit, unshifted) and LDR, STR (unsigned offset): how far the twelve bits are
/// scaled.
std::optional<std::uint8_t> low12_scale(std::uint32_t word) {
  if ((word & 0xffc00000U) == 0x91000000U) return 0;
  if ((word & 0x3b000000U) != 0x39000000U) return std::nullopt;
  const bool vector = (word >> 26U & 1U) != 0;
  const std::uint32_t size = word >> 30U;
  if (vector && size == 0 && (word >> 23U & 1U) != 0) return 4;  // 128 bits
  return static_cast<std::uint8_t>(size);
}

Form branch_form(std::uint32_t word) {
  if ((word & 0x7c000000U) == 0x14000000U) return Form::Branch26;
  if ((word & 0xff000010U) == 0x54000000U) return Form::Branch19;
  if ((word & 0x7e000000U) == 0x34000000U) return Form::Branch19;
  if ((word & 0x3b000000U) == 0x18000000U) return Form::Branch19;
  if ((word & 0x7e000000U) == 0x36000000U) return Form::Branch14;
  if ((word & 0x9f000000U) == 0x10000000U) return Form::Near21;
  return Form::Absolute64;  // none
}

}  // namespace

void find(const Image& image, std::uint32_t offset, std::uint32_t address, std::uint32_t size,
          std::vector<Reference>& found) {
  std::array<Page, kRegisters> pages{};
  for (std::uint32_t i = 0; i + 4 <= size; i += 4) {
    const std::uint32_t word = u32_at(image.file(), offset + i);
    Reference reference{.at = offset + i};
    const std::uint32_t destination = word & 31U;
    if ((word & 0x9f000000U) == 0x90000000U) {  // ADRP
      const std::uint32_t spread = (word >> 29U & 3U) | (word >> 5U & 0x7ffffU) << 2U;
      const std::uint64_t delta = (static_cast<std::uint64_t>(spread) ^ 0x100000U) - 0x100000U;
      const std::uint64_t page = ((address + i) / kPageSize + delta) * kPageSize;
      pages[destination] = {};
      if (!image.contains(page) && !image.contains(page + kPageSize - 1)) continue;
      reference.form = Form::Page21;
      reference.target = static_cast<std::uint32_t>(page);
      pages[destination] = {reference.target, found.size() + 1, i, false};
      found.push_back(reference);
      continue;
    }
    const std::uint32_t source = word >> 5U & 31U;
    if (const std::optional<std::uint8_t> scale = low12_scale(word);
        scale && pages[source].reference != 0 && i - pages[source].at <= kFar) {
      Page& page = pages[source];
      const std::uint32_t low = (word >> 10U & 0xfffU) << *scale;
      reference.form = Form::Low12;
      reference.extra = *scale;
      reference.target = page.address + low;
      if (low < kPageSize && image.contains(reference.target)) {
        if (!page.complete) found[page.reference - 1].target = reference.target;
        page.complete = true;
        found.push_back(reference);
      }
      if (*scale == 0 && destination == source) page = {};
      continue;
    }
    reference.form = branch_form(word);
    if (reference.form == Form::Absolute64) continue;
    const std::optional<std::uint32_t> target = decode(reference, word, address + i, 0);
    if (!target || !image.contains(*target)) continue;
    reference.target = *target;
    found.push_back(reference);
  }
}

}  // namespace interlude::elf::aarch64
