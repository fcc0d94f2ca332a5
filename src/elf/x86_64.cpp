#include "elf/x86_64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace interlude::elf::x86_64 {
namespace {

/// What follows an opcode. Of the immediates, at most one kind is set but for ENTER.
enum : std::uint8_t {
  kNone = 0,
  kModrm = 1,
  kByte = 2,      // immediate of one byte
  kWord = 4,      // of two bytes
  kOperand = 8,   // of four bytes; two with an operand-size prefix
  kBranch = 16,   // the immediate is relative to the end of the instruction
  kSpecial = 32,  // see Decoder::special
  kInvalid = 64,
};

using Map = std::array<std::uint8_t, 256>;

constexpr void fill(Map& map, int from, int to, std::uint8_t what) {
  for (int i = from; i <= to; ++i) map[static_cast<std::size_t>(i)] = what;
}

constexpr Map one_byte_map() {
  Map map{};
  for (int row = 0; row < 0x40; row += 8) {
    fill(map, row, row + 3, kModrm);
    fill(map, row + 4, row + 4, kByte);
    fill(map, row + 5, row + 5, kOperand);
    fill(map, row + 6, row + 7, kInvalid);  // prefixes among them never get here
  }
  fill(map, 0x40, 0x4f, kInvalid);  // REX: only where a prefix may stand
  fill(map, 0x60, 0x62, kInvalid);
  fill(map, 0x63, 0x63, kModrm);
  fill(map, 0x68, 0x68, kOperand);
  fill(map, 0x69, 0x69, kModrm | kOperand);
  fill(map, 0x6a, 0x6a, kByte);
  fill(map, 0x6b, 0x6b, kModrm | kByte);
  fill(map, 0x70, 0x7f, kByte | kBranch);
  fill(map, 0x80, 0x80, kModrm | kByte);
  fill(map, 0x81, 0x81, kModrm | kOperand);
  fill(map, 0x82, 0x82, kInvalid);
  fill(map, 0x83, 0x83, kModrm | kByte);
  fill(map, 0x84, 0x8f, kModrm);
  fill(map, 0x9a, 0x9a, kInvalid);
  fill(map, 0xa0, 0xa3, kSpecial);
  fill(map, 0xa8, 0xa8, kByte);
  fill(map, 0xa9, 0xa9, kOperand);
  fill(map, 0xb0, 0xb7, kByte);
  fill(map, 0xb8, 0xbf, kSpecial);
  fill(map, 0xc0, 0xc1, kModrm | kByte);
  fill(map, 0xc2, 0xc2, kWord);
  fill(map, 0xc4, 0xc5, kInvalid);  // VEX is read elsewhere
  fill(map, 0xc6, 0xc6, kModrm | kByte);
  fill(map, 0xc7, 0xc7, kModrm | kSpecial);
  fill(map, 0xc8, 0xc8, kWord | kByte);
  fill(map, 0xca, 0xca, kWord);
  fill(map, 0xcd, 0xcd, kByte);
  fill(map, 0xce, 0xce, kInvalid);
  fill(map, 0xd0, 0xd3, kModrm);
  fill(map, 0xd4, 0xd6, kInvalid);
  fill(map, 0xd8, 0xdf, kModrm);
  fill(map, 0xe0, 0xe3, kByte | kBranch);
  fill(map, 0xe4, 0xe7, kByte);
  fill(map, 0xe8, 0xe9, kSpecial);
  fill(map, 0xea, 0xea, kInvalid);
  fill(map, 0xeb, 0xeb, kByte | kBranch);
  fill(map, 0xf6, 0xf7, kModrm | kSpecial);
  fill(map, 0xfe, 0xff, kModrm);
  return map;
}

constexpr Map two_byte_map() {
  Map map{};
  fill(map, 0x00, 0xff, kModrm);
  fill(map, 0x04, 0x04, kInvalid);
  fill(map, 0x05, 0x09, kNone);
  fill(map, 0x0a, 0x0a, kInvalid);
  fill(map, 0x0b, 0x0b, kNone);
  fill(map, 0x0c, 0x0c, kInvalid);
  fill(map, 0x0e, 0x0e, kNone);
  fill(map, 0x0f, 0x0f, kModrm | kByte);
  fill(map, 0x24, 0x27, kInvalid);
  fill(map, 0x30, 0x37, kNone);
  fill(map, 0x36, 0x36, kInvalid);
  fill(map, 0x38, 0x3f, kInvalid);  // 38 and 3A are maps of their own
  fill(map, 0x70, 0x73, kModrm | kByte);
  fill(map, 0x77, 0x77, kNone);
  fill(map, 0x78, 0x78, kModrm | kSpecial);
  fill(map, 0x80, 0x8f, kSpecial);
  fill(map, 0xa0, 0xa2, kNone);
  fill(map, 0xa4, 0xa4, kModrm | kByte);
  fill(map, 0xa8, 0xaa, kNone);
  fill(map, 0xac, 0xac, kModrm | kByte);
  fill(map, 0xba, 0xba, kModrm | kByte);
  fill(map, 0xc2, 0xc2, kModrm | kByte);
  fill(map, 0xc4, 0xc6, kModrm | kByte);
  fill(map, 0xc8, 0xcf, kNone);
  return map;
}

constexpr Map kOneByte = one_byte_map();
constexpr Map kTwoByte = two_byte_map();

class Decoder {
 public:
  explicit Decoder(ByteView code) : code_(code.first(std::min(code.size(), kLongest))) {}

  Instruction run() {
    if (!opcode()) return {};
    if ((what_ & kInvalid) != 0) return {};
    if ((what_ & kModrm) != 0 && !modrm()) return {};
    if ((what_ & kSpecial) != 0) special();
    if (!immediate()) return {};
    found_.length = static_cast<std::uint8_t>(at_);
    return found_;
  }

 private:
  bool has(std::size_t count) const { return at_ + count <= code_.size(); }

  bool prefixes() {
    for (;; ++at_) {
      if (!has(1)) return false;
      const std::uint8_t byte = code_[at_];
      if (byte == 0x66) {
        operand_size_ = true;
      } else if (byte == 0x67) {
        address_size_ = true;
      } else if (byte == 0xf2) {
        repeated_ = true;
      } else if ((byte & 0xf0U) != 0x40 && byte != 0xf3 && byte != 0xf0 && byte != 0x64 &&
                 byte != 0x65 && byte != 0x2e && byte != 0x36 && byte != 0x3e && byte != 0x26) {
        return true;
      }
      // REX counts only right before the opcode.
      wide_ = (byte & 0xf8U) == 0x48;
    }
  }

  bool opcode() {
    if (!prefixes()) return false;
    const std::uint8_t first = code_[at_];
    if (first == 0xc5) return vex(1, 1);
    if (first == 0xc4) return has(2) && vex(code_[at_ + 1] & 31U, 2);
    if (first == 0x62) return has(2) && vex(code_[at_ + 1] & 7U, 3);
    if (first == 0x8f && has(2) && (code_[at_ + 1] & 31U) >= 8) return xop();
    if (first != 0x0f) return take_opcode(0, kOneByte);
    if (!has(2)) return false;
    const std::uint8_t second = code_[++at_];
    if (second != 0x38 && second != 0x3a) return take_opcode(1, kTwoByte);
    ++at_;
    if (!has(1)) return false;
    found_.opcode = code_[at_++];
    found_.map = second == 0x38 ? 2 : 3;
    what_ = second == 0x38 ? kModrm : kModrm | kByte;
    return true;
  }

  bool take_opcode(std::uint8_t map, const Map& table) {
    found_.map = map;
    found_.opcode = code_[at_++];
    what_ = table[found_.opcode];
    return true;
  }

  /// VEX and EVEX: after the first byte `payload` more, then the opcode.
  bool vex(unsigned map, std::size_t payload) {
    at_ += 1 + payload;
    if (!has(1)) return false;
    found_.opcode = code_[at_++];
    found_.map = static_cast<std::uint8_t>(16 + map);
    operand_size_ = false;
    switch (map) {
      case 1:
        what_ = found_.opcode == 0x77 && payload < 3 ? kNone : kModrm;
        if ((found_.opcode >= 0x70 && found_.opcode <= 0x73) || found_.opcode == 0xc2 ||
            (found_.opcode >= 0xc4 && found_.opcode <= 0xc6)) {
          what_ |= kByte;
        }
        return true;
      case 2:
        what_ = kModrm;
        return true;
      case 3:
        what_ = kModrm | kByte;
        return true;
      case 5:
      case 6:
        what_ = kModrm;
        return payload == 3;
      default:
        return false;
    }
  }

  bool xop() {
    const unsigned map = code_[at_ + 1] & 31U;
    at_ += 3;
    if (!has(1) || map > 10) return false;
    found_.opcode = code_[at_++];
    found_.map = static_cast<std::uint8_t>(16 + map);
    operand_size_ = false;
    what_ = kModrm;
    if (map == 8) what_ |= kByte;
    if (map == 10) what_ |= kOperand;
    return true;
  }

  bool modrm() {
    if (!has(1)) return false;
    found_.modrm = code_[at_++];
    const unsigned mode = found_.modrm >> 6U;
    const unsigned register_or_memory = found_.modrm & 7U;
    // MOV with control and debug registers names no memory whatever it says.
    const bool system = found_.map == 1 && (found_.opcode & 0xfcU) == 0x20;
    if (mode == 3 || system) return true;
    std::size_t displacement = mode == 1 ? 1 : mode == 2 ? 4 : 0;
    if (register_or_memory == 4) {
      if (!has(1)) return false;
      const unsigned base = code_[at_++] & 7U;
      if (mode == 0 && base == 5) displacement = 4;
    } else if (mode == 0 && register_or_memory == 5) {
      displacement = 4;
      found_.field = static_cast<std::uint8_t>(at_);
      found_.field_size = 4;
    }
    if (displacement == 4 && found_.field_size == 0) {
      found_.absolute = static_cast<std::uint8_t>(at_);
    }
    if (!has(displacement)) return false;
    at_ += displacement;
    return true;
  }

  void special() {
    const unsigned operation = found_.modrm >> 3U & 7U;
    if (found_.map == 1 && found_.opcode == 0x78) {  // VMREAD; EXTRQ and INSERTQ
      what_ = operand_size_ || repeated_ ? kModrm | kWord : kModrm;
    } else if (found_.map == 1) {  // Jcc
      what_ = kOperand | kBranch;
      operand_size_ = false;
    } else if (found_.opcode >= 0xa0 && found_.opcode <= 0xa3) {  // MOV moffs
      what_ = kNone;
      extra_ = address_size_ ? 4 : 8;
    } else if (found_.opcode >= 0xb8 && found_.opcode <= 0xbf) {  // MOV r, imm
      what_ = wide_ ? kNone : kOperand;
      extra_ = wide_ ? 8 : 0;
    } else if (found_.opcode == 0xe8 || found_.opcode == 0xe9) {
      what_ = kOperand | kBranch;
      operand_size_ = false;
    } else if (found_.opcode == 0xc7) {  // MOV; XBEGIN
      what_ = found_.modrm == 0xf8 ? kOperand | kBranch : kModrm | kOperand;
    } else {  // TEST, the first two of group 3
      what_ = kModrm;
      if (operation < 2) what_ |= found_.opcode == 0xf6 ? kByte : kOperand;
    }
  }

  bool immediate() {
    std::size_t size = extra_;
    if ((what_ & kByte) != 0) size += 1;
    if ((what_ & kWord) != 0) size += 2;
    if ((what_ & kOperand) != 0) size += operand_size_ && !wide_ ? 2 : 4;
    if (!has(size)) return false;
    if ((what_ & kBranch) != 0) {
      found_.field = static_cast<std::uint8_t>(at_);
      found_.field_size = static_cast<std::uint8_t>(size);
      found_.is_branch = true;
    } else if ((what_ & kOperand) != 0 && size == 4 && found_.absolute == 0) {
      found_.absolute = static_cast<std::uint8_t>(at_);
    }
    at_ += size;
    return true;
  }

  ByteView code_;
  std::size_t at_ = 0;
  std::size_t extra_ = 0;
  std::uint8_t what_ = kNone;
  bool operand_size_ = false;
  bool address_size_ = false;
  bool repeated_ = false;
  bool wide_ = false;
  Instruction found_;
};

}  // namespace

Instruction decode(ByteView code) {
  return Decoder(code).run();
}

}  // namespace interlude::elf::x86_64
