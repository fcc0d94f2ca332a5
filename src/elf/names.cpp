#include "elf/names.hpp"

#include <string_view>

#include "elf/reference.hpp"
#include "elf/tables.hpp"

namespace interlude::elf {
namespace {

enum class Kind : std::uint64_t { Entry = 1, Place, Slot, Jump };

constexpr std::size_t kLongestName = 4096;

/// FNV-1a, 64 bits (Fowler, Noll, Vo).
std::uint64_t hash_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char letter : name) {
    hash ^= static_cast<std::uint8_t>(letter);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

std::uint64_t number(std::uint64_t name, Kind kind) {
  return name + static_cast<std::uint64_t>(kind) * 0x9e3779b97f4a7c15ULL;
}

using Places = std::unordered_map<std::uint32_t, std::uint64_t>;

/// x86-64: `jmp *slot(%rip)`, maybe behind ENDBR64 and with a BND prefix, gives the place where it
/// begins the slot's name.
void name_x86_64_jumps(ByteView code, std::uint32_t address, Places& places, const Places& slots) {
  for (std::size_t at = 0; at + 6 <= code.size(); ++at) {
    if (code[at] != 0xff || code[at + 1] != 0x25) continue;
    const auto own = static_cast<std::uint32_t>(address + at);
    const auto slot = slots.find(own + 6 + u32_at(code, at + 2));
    if (slot == slots.end()) continue;
    std::uint32_t begin = own;
    std::size_t before = at;
    if (before > 0 && code[before - 1] == 0xf2) {
      --begin;
      --before;
    }
    if (before >= 4 && u32_at(code, before - 4) == 0xfa1e0ff3) begin -= 4;
    places.emplace(begin, number(slot->second, Kind::Jump));
  }
}

/// AArch64: ADRP x16, slot; LDR x17, [x16, slot], maybe behind BTI.
void name_aarch64_jumps(ByteView code, std::uint32_t address, Places& places, const Places& slots) {
  for (std::size_t at = 0; at + 8 <= code.size(); at += 4) {
    const std::uint32_t page = u32_at(code, at);
    const std::uint32_t load = u32_at(code, at + 4);
    if ((page & 0x9f00001fU) != 0x90000010U || (load & 0xffc003ffU) != 0xf9400211U) continue;
    const auto own = static_cast<std::uint32_t>(address + at);
    const std::uint32_t spread = (page >> 29U & 3U) | (page >> 5U & 0x7ffffU) << 2U;
    const std::uint32_t base = (own / kPageSize + ((spread ^ 0x100000U) - 0x100000U)) * kPageSize;
    const auto slot = slots.find(base + ((load >> 10U & 0xfffU) << 3U));
    if (slot == slots.end()) continue;
    const bool marked = at >= 4 && u32_at(code, at - 4) == 0xd503245fU;
    places.emplace(marked ? own - 4 : own, number(slot->second, Kind::Jump));
  }
}

}  // namespace

std::unordered_map<std::uint32_t, std::uint64_t> named_places(const Image& image) {
  const Tables tables = read_tables(image);
  Places names;  // by symbol table entry
  Places places;
  for (const Tables::Symbol& symbol : tables.symbols) {
    const std::string_view text = as_text(image.at(symbol.name, kLongestName));
    const std::uint64_t name = hash_of(text.substr(0, text.find('\0')));
    names.emplace(symbol.entry, name);
    places.emplace(symbol.entry, number(name, Kind::Entry));
    if (symbol.address != 0) places.emplace(symbol.address, number(name, Kind::Place));
  }
  Places slots;
  for (const Tables::Slot& slot : tables.slots) {
    const auto name = names.find(slot.symbol);
    if (name == names.end()) continue;
    slots.emplace(slot.address, name->second);
    places.emplace(slot.address, number(name->second, Kind::Slot));
  }
  for (const Range& code : image.code()) {
    const auto name_jumps =
        image.machine() == Machine::X86_64 ? name_x86_64_jumps : name_aarch64_jumps;
    name_jumps(image.at(code.address, code.size), code.address, places, slots);
  }
  return places;
}

}  // namespace interlude::elf
