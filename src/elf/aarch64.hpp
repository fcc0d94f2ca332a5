#pragma once
// The AArch64 instructions that name an address. Frozen: see reference.hpp.
// Source: Arm Architecture Reference Manual for A-profile, C4.1 and C6.2.

#include <vector>

#include "elf/reference.hpp"

namespace interlude::elf::aarch64 {

/// Appends the references of the code at `address`, which stands at `offset` of the file; both are
/// multiples of four. An ADRP and the instructions that add the low bits share one target.
void find(const Image& image, std::uint32_t offset, std::uint32_t address, std::uint32_t size,
          std::vector<Reference>& found);

}  // namespace interlude::elf::aarch64
