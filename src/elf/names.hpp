#pragma once
// Places that have a name: what the loader's tables call the same in two files is the same thing,
// wherever it went. Only for making patches: nothing of the format depends on it.

#include <cstdint>
#include <unordered_map>

#include "elf/image.hpp"

namespace interlude::elf {

/// A number for each address that has a name: symbol table entries, what they name, words that the
/// loader fills with their addresses, and the procedure linkage table's jumps through those words.
/// Equal names and kinds give equal numbers in every file.
std::unordered_map<std::uint32_t, std::uint64_t> named_places(const Image& image);

}  // namespace interlude::elf
