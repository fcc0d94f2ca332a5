// Any bytes as a patch: it is refused, or it makes files of exactly the sizes asked for.
//
// The first byte of the input chooses the old and new sides, so that one corpus meets patches of
// one file, of several and from nothing; the rest is the patch. The seeds are valid patches, made
// by delta::make from these sides.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <vector>

#include "delta/delta.hpp"

namespace {

using interlude::Bytes;
using interlude::ByteView;
using interlude::Status;

struct Sides {
  std::vector<Bytes> old;
  std::vector<std::uint64_t> sizes;
};

/// Bytes that repeat now and then, as code does; the same in every run.
Bytes some_bytes(std::size_t size, std::uint32_t seed) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) {
    seed = seed * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>((seed >> 24U) & 0x3fU);
  }
  return bytes;
}

/// A program, for patches that predict.
Bytes program() {
  std::ifstream file(INTERLUDE_SOURCE_DIR "/tests/vectors/delta/predicted/old", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::array<Sides, 5>& all_sides() {
  static const std::array<Sides, 5> sides{{
      {{some_bytes(4096, 1)}, {4096}},
      {{some_bytes(1000, 2), {}, some_bytes(3000, 3)}, {1100, 0, 2900}},
      {{}, {5000}},
      {{some_bytes(100, 4)}, {200000}},
      {{program()}, {31136}},
  }};
  return sides;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Sides& sides = all_sides()[data[0] % all_sides().size()];
  const std::vector<ByteView> old(sides.old.begin(), sides.old.end());
  std::vector<std::uint64_t> produced(sides.sizes.size());
  const Status done =
      interlude::delta::apply(old, ByteView(data, size).subspan(1), sides.sizes,
                              {.memory_bytes = 4U << 20U}, [&](std::size_t file, ByteView piece) {
                                produced[file] += piece.size();
                                if (produced[file] > sides.sizes[file]) std::abort();
                                return Status{};
                              });
  if (done && produced != sides.sizes) std::abort();
  return 0;
}
