#include "decoder.hpp"

#include <array>
#include <span>

namespace interlude::witness {

Decoder::Decoder() {
  (void)ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  (void)ZydisFormatterInit(&formatter_, ZYDIS_FORMATTER_STYLE_INTEL);
}

std::optional<Decoder::Instruction> Decoder::decode(ByteView code, std::uint64_t address) const {
  ZydisDecoderContext context;
  ZydisDecodedInstruction decoded;
  if (!ZYAN_SUCCESS(
          ZydisDecoderDecodeInstruction(&decoder_, &context, code.data(), code.size(), &decoded))) {
    return std::nullopt;
  }
  Instruction instruction{.length = decoded.length};
  if ((decoded.attributes & ZYDIS_ATTRIB_IS_RELATIVE) == 0) return instruction;

  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands{};
  if (!ZYAN_SUCCESS(ZydisDecoderDecodeOperands(&decoder_, &context, &decoded, operands.data(),
                                               decoded.operand_count))) {
    return instruction;
  }
  for (const ZydisDecodedOperand& operand : std::span(operands).first(decoded.operand_count)) {
    const bool is_branch =
        operand.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && operand.imm.is_relative != 0;
    const bool is_memory =
        operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
        (operand.mem.base == ZYDIS_REGISTER_RIP || operand.mem.base == ZYDIS_REGISTER_EIP);
    if (!is_branch && !is_memory) continue;
    if (!ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(&decoded, &operand, address, &instruction.target))) {
      continue;
    }
    const auto& immediate = decoded.raw.imm[0];  // NOLINT(*-constant-array-index): C interface
    instruction.is_branch = is_branch;
    instruction.field = is_branch ? immediate.offset : decoded.raw.disp.offset;
    instruction.field_size =
        static_cast<std::uint8_t>((is_branch ? immediate.size : decoded.raw.disp.size) / 8);
    break;
  }
  return instruction;
}

std::string Decoder::mnemonic(ByteView code) const {
  ZydisDecoderContext context;
  ZydisDecodedInstruction decoded;
  if (!ZYAN_SUCCESS(
          ZydisDecoderDecodeInstruction(&decoder_, &context, code.data(), code.size(), &decoded))) {
    return "invalid";
  }
  return ZydisMnemonicGetString(decoded.mnemonic);
}

std::string Decoder::text(ByteView code, std::uint64_t address) const {
  ZydisDecodedInstruction decoded;
  std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands{};
  std::array<char, 256> line{};
  if (!ZYAN_SUCCESS(
          ZydisDecoderDecodeFull(&decoder_, code.data(), code.size(), &decoded, operands.data())) ||
      !ZYAN_SUCCESS(ZydisFormatterFormatInstruction(&formatter_, &decoded, operands.data(),
                                                    decoded.operand_count_visible, line.data(),
                                                    line.size(), address, nullptr))) {
    return "invalid";
  }
  return line.data();
}

}  // namespace interlude::witness
