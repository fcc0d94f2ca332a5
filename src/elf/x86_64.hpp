#pragma once
// The length of x86-64 instructions, and where in them a field names an address. No meaning beyond
// that. Frozen: see reference.hpp.
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, chapter 2 and
// appendix A; AMD64 Architecture Programmer's Manual, volume 3 (XOP).

#include <cstdint>

#include "base/bytes.hpp"

namespace interlude::elf::x86_64 {

inline constexpr std::size_t kLongest = 15;

struct Instruction {
  std::uint8_t length = 0;      ///< 0: no instruction
  std::uint8_t opcode = 0;      ///< last byte of the opcode
  std::uint8_t map = 0;         ///< 0: one-byte opcodes; 1: 0F; 2: 0F 38; 3: 0F 3A; above: others
  std::uint8_t modrm = 0;       ///< where present
  std::uint8_t field = 0;       ///< where in the instruction the address field stands
  std::uint8_t field_size = 0;  ///< 0: none; 1 or 4: relative to the end of the instruction
  std::uint8_t absolute = 0;    ///< where a field of four bytes stands that may hold an address
                                ///< of a file loaded at a fixed place; 0: none
  bool is_branch = false;       ///< the field is the target of a jump or call
};

/// The instruction at the beginning of `code`; length 0 where there is none or not all of it.
Instruction decode(ByteView code);

}  // namespace interlude::elf::x86_64
