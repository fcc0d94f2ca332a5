#pragma once
// Our reference finder for x86-64 beside Zydis, over the same stretches of code: decoded from the
// beginning of each segment and of each function that .eh_frame names. The lengths of instructions,
// and the fields that are relative to their own place: where they stand and where they lead.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "decoder.hpp"
#include "elf/image.hpp"

namespace interlude::witness {

struct Group {
  std::uint64_t count = 0;
  std::vector<std::string> examples;  ///< the first few
};

/// Code that .eh_frame names as a function, or what lies between: padding, stubs, hand-written code
/// without unwind information and, in libraries with much of that, tables of constants, which are
/// no code at all and read as anything.
struct Counts {
  std::uint64_t instructions = 0;  ///< places where one of the two begins an instruction
  std::uint64_t same_length = 0;   ///< both do, and it ends at the same place
  std::uint64_t ours = 0;          ///< references in code
  std::uint64_t theirs = 0;        ///< of Zydis, those with a target that can be one
  std::uint64_t agreeing = 0;      ///< same place, size and target

  void add(const Counts& more);
};

struct Comparison {
  Counts in_functions;
  Counts between;
  std::map<std::string, Group> disagreements;

  Counts all() const;
  void add(const Comparison& more);
};

inline constexpr std::size_t kMostExamples = 3;

/// `name` is for the examples. The image must be for x86-64.
Comparison compare(const elf::Image& image, const std::string& name);

}  // namespace interlude::witness
