#pragma once
// The loader's tables: headers, the dynamic section, symbols, relocations, and what they point at.
// Source: System V gABI draft 4.3, chapter 5; psABI for x86-64 and AArch64 (relocations); the
// DT_GNU_HASH layout as glibc and binutils have it.

#include <vector>

#include "elf/reference.hpp"

namespace interlude::elf {

inline constexpr std::uint8_t kRelocationSize = 24;  ///< of a RELA entry

struct Tables {
  std::vector<Reference> references;
  std::uint32_t jump_relocations = 0;  ///< address of .rela.plt; 0: none

  /// A word that the loader fills with the address of a symbol.
  struct Slot {
    std::uint32_t address = 0;
    std::uint32_t symbol = 0;  ///< address of the symbol table's entry
  };
  std::vector<Slot> slots;
  /// A symbol with a name, which is unique in the file but for versions.
  struct Symbol {
    std::uint32_t entry = 0;    ///< address of the symbol table's entry
    std::uint32_t address = 0;  ///< of what it names; 0: not in this file
    std::uint32_t name = 0;     ///< address of the name
  };
  std::vector<Symbol> symbols;
};

/// Cost: linear in the tables.
Tables read_tables(const Image& image);

}  // namespace interlude::elf
