// Every opcode of every map, in many forms, not only those that compilers write: where Zydis knows
// an instruction, ours has its length and its field.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "decoder.hpp"
#include "elf/x86_64.hpp"

namespace interlude::witness {
namespace {

/// What stands before an opcode: prefixes and the choice of a map.
std::vector<Bytes> heads() {
  std::vector<Bytes> all;
  const std::vector<Bytes> maps = {{}, {0x0f}, {0x0f, 0x38}, {0x0f, 0x3a}};
  for (const Bytes& prefixes : std::vector<Bytes>{{},
                                                  {0x66},
                                                  {0xf2},
                                                  {0xf3},
                                                  {0x67},
                                                  {0x64},
                                                  {0xf0},
                                                  {0x41},
                                                  {0x48},
                                                  {0x66, 0x48},
                                                  {0xf2, 0x48},
                                                  {0xf3, 0x48},
                                                  {0x48, 0x66},
                                                  {0x48, 0x41}}) {
    for (const Bytes& map : maps) {
      all.push_back(prefixes);
      append(all.back(), map);
    }
  }
  // In the last byte of VEX and XOP and the second of EVEX: W, all registers unused, pp.
  for (const unsigned w : {0U, 0x80U}) {
    for (unsigned pp = 0; pp < 4; ++pp) {
      const auto last = static_cast<std::uint8_t>(w | 0x78U | pp);
      const auto wide = static_cast<std::uint8_t>(last | 4U);
      for (const std::uint8_t map : Bytes{0xe1, 0xe2, 0xe3}) {
        all.push_back({0xc4, map, last});
        all.push_back({0xc4, map, wide});
      }
      for (const std::uint8_t map : Bytes{0xe8, 0xe9, 0xea}) all.push_back({0x8f, map, last});
      for (const std::uint8_t map : Bytes{0xf1, 0xf2, 0xf3, 0xf5, 0xf6}) {
        for (const std::uint8_t length_and_mask : Bytes{0x08, 0x29, 0x58}) {
          all.push_back({0x62, map, wide, length_and_mask});
        }
      }
      if (w == 0) all.push_back({0xc5, static_cast<std::uint8_t>(0xf8U | pp)});
    }
  }
  return all;
}

/// Where the two differ, and may: on Knights Corner, which nothing is compiled for any more.
bool is_known(const std::string& mnemonic) {
  return mnemonic == "jkzd" || mnemonic == "jknzd";
}

TEST(Opcodes, HaveTheLengthAndFieldThatZydisSays) {
  const Decoder zydis;
  std::size_t compared = 0;
  for (const Bytes& head : heads()) {
    const bool is_vector =
        !head.empty() && std::ranges::count(Bytes{0x62, 0x8f, 0xc4, 0xc5}, head[0]) != 0;
    Bytes code = head;
    code.insert(code.end(), {0, 0, 0x25, 0x12, 0x34, 0x01, 0x00, 0x05, 0x06, 0x00, 0x08});
    code.resize(elf::x86_64::kLongest, 0x11);
    for (unsigned opcode = 0; opcode < 256; ++opcode) {
      code[head.size()] = static_cast<std::uint8_t>(opcode);
      // Each kind of operand, and in the bits between each operation that shares the opcode.
      for (const unsigned operand : {0x05U, 0xc0U, 0x44U, 0x84U}) {
        for (unsigned operation = 0; operation < 8; operation += is_vector ? 4 : 1) {
          code[head.size() + 1] = static_cast<std::uint8_t>(operand | operation << 3U);
          const std::optional<Decoder::Instruction> theirs = zydis.decode(code, 0x1000);
          if (!theirs) continue;
          const elf::x86_64::Instruction ours = elf::x86_64::decode(code);
          ++compared;
          if (ours.length == theirs->length && ours.field_size == theirs->field_size &&
              (ours.field_size == 0 || ours.field == theirs->field)) {
            continue;
          }
          EXPECT_TRUE(is_known(zydis.mnemonic(code)))
              << fmt::format("{:02x}", fmt::join(code, " ")) << ": " << zydis.text(code, 0x1000)
              << "; length " << +ours.length << ", Zydis " << +theirs->length << "; field at "
              << +ours.field << " of " << +ours.field_size << " bytes, Zydis " << +theirs->field
              << " of " << +theirs->field_size;
        }
      }
    }
  }
  EXPECT_GT(compared, 150'000U);
}

}  // namespace
}  // namespace interlude::witness
