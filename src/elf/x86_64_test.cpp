#include "elf/x86_64.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/hex.hpp"

namespace interlude::elf::x86_64 {
namespace {

struct Case {
  std::string bytes;
  int field = 0;  // 0: no address
  int field_size = 0;
};

/// Instructions as an assembler writes them, and where their addresses stand.
const std::vector<Case> kCases{
    {"90"},                            // nop
    {"c3"},                            // ret
    {"0f1f440000"},                    // nop with an operand
    {"662e0f1f840000000000"},          // the same, longer
    {"f30f1efa"},                      // endbr64
    {"e812345678", 1, 4},              // call
    {"f2e912345678", 2, 4},            // bnd jmp
    {"eb10", 1, 1},                    // jmp
    {"7510", 1, 1},                    // jne
    {"0f8512345678", 2, 4},            // jne
    {"488d0512345678", 3, 4},          // lea disp(%rip),%rax
    {"833d1234567805", 2, 4},          // cmpl $5,disp(%rip)
    {"66c70512345678aabb", 3, 4},      // movw $imm,disp(%rip)
    {"48c70512345678aabbccdd", 3, 4},  // movq $imm,disp(%rip)
    {"ff2512345678", 2, 4},            // jmp *disp(%rip)
    {"f20f100512345678", 4, 4},        // movsd disp(%rip),%xmm0
    {"660f3a0f051234567808", 5, 4},    // palignr $8,disp(%rip),%xmm0
    {"c5fb100512345678", 4, 4},        // vmovsd disp(%rip),%xmm0
    {"c4e27d180512345678", 5, 4},      // vbroadcastss disp(%rip),%ymm0
    {"c4e37d060512345678aa", 5, 4},    // vperm2f128 $imm,disp(%rip),…
    {"62f17c48100512345678", 6, 4},    // vmovups disp(%rip),%zmm0
    {"c5f877"},                        // vzeroupper
    {"48b81122334455667788"},          // movabs
    {"48a11122334455667788"},          // movabs moffs,%rax
    {"c8100001"},                      // enter
    {"f6c101"},                        // test $1,%cl
    {"f7d8"},                          // neg %eax
    {"48f7c101020304"},                // test $imm,%rcx
    {"8b4424 08"},                     // mov 8(%rsp),%eax
    {"8b0425 00000000"},               // mov 0,%eax (absolute)
    {"8b84c8 00010000"},               // mov 0x100(%rax,%rcx,8),%eax
    {"0fa2"},                          // cpuid
    {"0fc8"},                          // bswap
    {"0fba2512345678 03", 3, 4},       // btl $3,disp(%rip)
    {"8fe97812c0"},                    // llwpcb %rax (XOP)
};

Bytes bytes_of(std::string text) {
  std::erase(text, ' ');
  return *from_hex(text);
}

TEST(X8664, LengthsAndAddressesOfInstructions) {
  for (const Case& expected : kCases) {
    SCOPED_TRACE(expected.bytes);
    const Bytes code = bytes_of(expected.bytes);
    Bytes longer = code;
    longer.insert(longer.end(), 15, 0x90);
    const Instruction instruction = decode(longer);
    EXPECT_EQ(instruction.length, code.size());
    EXPECT_EQ(instruction.field_size, expected.field_size);
    if (expected.field_size == 0) continue;
    EXPECT_EQ(instruction.field, expected.field);
  }
}

TEST(X8664, NothingWhereAnInstructionIsCutOff) {
  for (const Case& expected : kCases) {
    SCOPED_TRACE(expected.bytes);
    const Bytes code = bytes_of(expected.bytes);
    for (std::size_t length = 0; length < code.size(); ++length) {
      const Instruction instruction = decode(ByteView(code).first(length));
      EXPECT_LE(instruction.length, length);
    }
  }
}

TEST(X8664, NothingForWhatIsNoInstruction) {
  for (const char* text : {"06", "0f04", "d6", "82", "ea", "60", "0f3900", "c4e4"}) {
    Bytes code = *from_hex(text);
    code.insert(code.end(), 15, 0);
    EXPECT_EQ(decode(code).length, 0) << text;
  }
}

}  // namespace
}  // namespace interlude::elf::x86_64
