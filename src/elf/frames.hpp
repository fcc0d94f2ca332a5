#pragma once
// .eh_frame and .eh_frame_hdr: where functions begin and end, and the references among them.
// Source: Linux Standard Base Core 5.0, 10.6 "Exception Frames"; DWARF 5, 6.4.

#include <vector>

#include "elf/reference.hpp"

namespace interlude::elf {

struct Frames {
  std::vector<std::uint32_t> functions;  ///< addresses where functions begin, sorted, each once
  std::vector<Reference> references;
};

/// Cost: linear in the two sections. What makes no sense ends the reading.
Frames read_frames(const Image& image);

}  // namespace interlude::elf
