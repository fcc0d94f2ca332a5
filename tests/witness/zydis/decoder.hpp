#pragma once
// x86-64 instructions as Zydis decodes them, in the words of elf/x86_64.hpp.

#include <Zydis/Zydis.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"

namespace interlude::witness {

class Decoder {
 public:
  Decoder();

  struct Instruction {
    std::uint8_t length = 0;
    std::uint8_t field = 0;       ///< where in the instruction the relative field stands
    std::uint8_t field_size = 0;  ///< in bytes; 0: there is none
    bool is_branch = false;
    std::uint64_t target = 0;
  };

  /// The instruction at the beginning of `code`, which stands at `address`.
  std::optional<Instruction> decode(ByteView code, std::uint64_t address) const;

  /// "add" or "invalid"; the whole instruction in Intel's notation.
  std::string mnemonic(ByteView code) const;
  std::string text(ByteView code, std::uint64_t address) const;

 private:
  ZydisDecoder decoder_{};
  ZydisFormatter formatter_{};
};

}  // namespace interlude::witness
