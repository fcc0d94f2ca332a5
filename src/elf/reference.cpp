#include "elf/reference.hpp"

namespace interlude::elf {
namespace {

std::uint64_t sign_extended(std::uint64_t value, unsigned bits) {
  const std::uint64_t sign = 1ULL << (bits - 1);
  const std::uint64_t kept = value & ((sign << 1U) - 1);
  return (kept ^ sign) - sign;
}

/// ADR and ADRP: two bits at 29, nineteen at 5.
std::uint64_t spread21(std::uint64_t value) {
  return (value & 3U) << 29U | (value >> 2U & 0x7ffffU) << 5U;
}
std::uint64_t gathered21(std::uint64_t field) {
  return (field >> 29U & 3U) | (field >> 5U & 0x7ffffU) << 2U;
}

/// The bits of the mask that name `target`.
std::uint64_t target_bits(const Reference& reference, std::uint64_t own, std::uint64_t target,
                          std::uint64_t base, std::uint64_t offset) {
  switch (reference.form) {
    case Form::Branch8:
      return target - (own + 1 + reference.extra);
    case Form::Relative32:
      return target - (own + 4 + reference.extra);
    case Form::Self32:
      return target - own;
    case Form::Back32:
      return own - target;
    case Form::Base32:
    case Form::Base64:
      return target - base;
    case Form::Length32:
    case Form::Length64:
      return target + 1 - base;
    case Form::Index32:
      return (target - base) / reference.extra;
    case Form::Absolute32:
    case Form::Absolute64:
    case Form::Place64:
      return target;
    case Form::Offset64:
      return offset;
    case Form::Branch26:
      return (target - own) >> 2U;
    case Form::Branch19:
    case Form::Branch14:
      return (target - own) >> 2U << 5U;
    case Form::Near21:
      return spread21(target - own);
    case Form::Page21:
      return spread21(target / kPageSize - own / kPageSize);
    case Form::Low12:
      return (target % kPageSize) >> reference.extra << 10U;
  }
  return 0;
}

}  // namespace

std::uint64_t field_mask(Form form) {
  switch (form) {
    case Form::Branch8:
      return 0xff;
    case Form::Branch26:
      return 0x3ffffff;
    case Form::Branch19:
      return 0x7ffffULL << 5U;
    case Form::Branch14:
      return 0x3fffULL << 5U;
    case Form::Near21:
    case Form::Page21:
      return 3ULL << 29U | 0x7ffffULL << 5U;
    case Form::Low12:
      return 0xfffULL << 10U;
    default:
      return field_size(form) == 8 ? ~0ULL : 0xffffffffULL;
  }
}

std::uint64_t read_field(ByteView file, std::uint32_t at, Form form) {
  std::uint64_t value = 0;
  const std::uint32_t size = field_size(form);
  for (std::uint32_t i = 0; i < size; ++i) {
    value |= static_cast<std::uint64_t>(file[at + i]) << (8 * i);
  }
  return value;
}

void write_field(std::uint8_t* field, Form form, std::uint64_t value) {
  const std::uint32_t size = field_size(form);
  for (std::uint32_t i = 0; i < size; ++i) {
    field[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
}

std::uint64_t field_difference(Form form, std::uint64_t right, std::uint64_t predicted) {
  const unsigned bits = 8 * field_size(form);
  return bits == 64 ? right - predicted : sign_extended(right - predicted, bits);
}

std::uint64_t encode(const Reference& reference, std::uint64_t old, std::uint32_t own_address,
                     std::uint32_t target, std::uint32_t base, std::uint32_t offset) {
  const std::uint64_t mask = field_mask(reference.form);
  return (old & ~mask) | (target_bits(reference, own_address, target, base, offset) & mask);
}

std::optional<std::uint32_t> decode(const Reference& reference, std::uint64_t value,
                                    std::uint32_t own_address, std::uint32_t base) {
  const std::uint64_t own = own_address;
  std::uint64_t target = 0;
  switch (reference.form) {
    case Form::Branch8:
      target = own + 1 + reference.extra + sign_extended(value, 8);
      break;
    case Form::Relative32:
      target = own + 4 + reference.extra + sign_extended(value, 32);
      break;
    case Form::Self32:
      target = own + sign_extended(value, 32);
      break;
    case Form::Back32:
      target = own - sign_extended(value, 32);
      break;
    case Form::Base32:
      target = base + sign_extended(value, 32);
      break;
    case Form::Base64:
      target = base + value;
      break;
    case Form::Length32:
    case Form::Length64:
      target = base + value - 1;
      break;
    case Form::Index32:
      target = base + value * reference.extra;
      break;
    case Form::Absolute32:
    case Form::Absolute64:
    case Form::Place64:
      target = value;
      break;
    case Form::Branch26:
      target = own + (sign_extended(value, 26) << 2U);
      break;
    case Form::Branch19:
      target = own + (sign_extended(value >> 5U, 19) << 2U);
      break;
    case Form::Branch14:
      target = own + (sign_extended(value >> 5U, 14) << 2U);
      break;
    case Form::Near21:
      target = own + sign_extended(gathered21(value), 21);
      break;
    case Form::Page21:
    case Form::Low12:
    case Form::Offset64:
      return std::nullopt;
  }
  if (target >= kLargestAddress) return std::nullopt;
  return static_cast<std::uint32_t>(target);
}

}  // namespace interlude::elf
