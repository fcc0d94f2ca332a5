#pragma once
// References: fields of a file that name a place in memory. When code moves, it is these that
// change; whoever knows where things went can compute the new fields.
//
// Finding them is part of the patch format (docs/formats/delta.md): publisher and device must find
// the same ones in the same file for as long as the format lives. So nothing here may change what
// it finds, except under a new version of the format.

#include <cstdint>
#include <optional>
#include <vector>

#include "elf/image.hpp"

namespace interlude::elf {

/// How a field holds its target. "Its end" is where the instruction ends: `extra` bytes behind the
/// field.
enum class Form : std::uint8_t {
  Branch8,     ///< 1 byte: target − its end
  Relative32,  ///< 4 bytes: target − its end
  Self32,      ///< 4 bytes: target − the field's own address
  Back32,      ///< 4 bytes: the field's own address − target
  Base32,      ///< 4 bytes: target − base
  Base64,      ///< 8 bytes: target − base
  Length32,    ///< 4 bytes: the target is the last byte of something that begins at base
  Length64,    ///< 8 bytes: the same
  Index32,     ///< 4 bytes: (target − base) / `extra`
  Absolute32,  ///< 4 bytes: target
  Absolute64,  ///< 8 bytes: target
  Place64,     ///< 8 bytes: target, the word that a relocation fills
  Offset64,    ///< 8 bytes: where the target lies in the file
  Branch26,    ///< AArch64 B, BL
  Branch19,    ///< AArch64 B.cond, CBZ, CBNZ, LDR (literal)
  Branch14,    ///< AArch64 TBZ, TBNZ
  Near21,      ///< AArch64 ADR
  Page21,      ///< AArch64 ADRP
  Low12,       ///< AArch64 ADD, LDR, STR with the low twelve bits of a target, scaled by 2^`extra`
};

inline constexpr std::uint32_t kPageSize = 4096;  ///< of ADRP

struct Reference {
  std::uint32_t at = 0;      ///< where the field lies in the file
  std::uint32_t target = 0;  ///< an address
  std::uint32_t base = 0;    ///< an address, where the form has one
  Form form = Form::Relative32;
  std::uint8_t extra = 0;

  bool operator==(const Reference&) const = default;
};

constexpr std::uint32_t field_size(Form form) {
  switch (form) {
    case Form::Branch8:
      return 1;
    case Form::Base64:
    case Form::Length64:
    case Form::Absolute64:
    case Form::Place64:
    case Form::Offset64:
      return 8;
    default:
      return 4;
  }
}

constexpr bool has_base(Form form) {
  return form == Form::Base32 || form == Form::Base64 || form == Form::Length32 ||
         form == Form::Length64 || form == Form::Index32;
}

/// The bits of the field that hold the target; the others are kept.
std::uint64_t field_mask(Form form);

/// The field as a number, whole (with the bits outside the mask).
std::uint64_t read_field(ByteView file, std::uint32_t at, Form form);
void write_field(std::uint8_t* field, Form form, std::uint64_t value);

/// right − predicted, within the size of the field, as a signed number.
std::uint64_t field_difference(Form form, std::uint64_t right, std::uint64_t predicted);

/// What the field says, given where it stands: `old` with the bits of the mask replaced so that
/// they name `target`. `offset` is the target's place in the file (Offset64 only). Values that do
/// not fit are cut off: the caller compares, it does not trust.
std::uint64_t encode(const Reference& reference, std::uint64_t old, std::uint32_t own_address,
                     std::uint32_t target, std::uint32_t base, std::uint32_t offset);

/// The target that a field with this value at `own_address` names; nothing where the form leaves
/// it open (Low12, Offset64).
std::optional<std::uint32_t> decode(const Reference& reference, std::uint64_t value,
                                    std::uint32_t own_address, std::uint32_t base);

/// All references of a file, in the order of their places, none overlapping another.
/// Cost: linear in the file. Never fails: what makes no sense is no reference.
std::vector<Reference> find_references(const Image& image);

}  // namespace interlude::elf
