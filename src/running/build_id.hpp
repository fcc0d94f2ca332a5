#pragma once
// The build-id of an ELF file: the note that its linker made out of its content (gABI, "Note
// Section"; NT_GNU_BUILD_ID). Tells versions of a library apart by reading a few hundred bytes.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace interlude::running {

/// Fills `into` from `offset` of a file; false where it does not have all of that.
using ReadAt = std::function<bool(std::uint64_t offset, std::span<std::uint8_t> into)>;

/// In hexadecimal; nothing where the file is no ELF64 file or has none. Reads at most 64 program
/// headers and 64 KiB of notes, whatever the file says about itself.
std::optional<std::string> build_id(const ReadAt& read_at);

}  // namespace interlude::running
