#pragma once
// What follows from the rest of a new file is not sent: it is held back until the rest is there,
// made, and passed on.

#include <map>

#include "delta/output.hpp"
#include "delta/pairs.hpp"

namespace interlude::delta {

/// Memory that holding back takes, in bytes. Corrupt where a table lies outside its file.
Result<std::uint64_t> held_bytes(const PairInfos& infos, std::span<const std::uint64_t> sizes);

/// Passes what it is given on to `sink`, with the frame tables filled in.
class Deriver {
 public:
  Deriver(const PairInfos& infos, const OutputSink& sink) : infos_(infos), sink_(sink) {}
  Status write(std::size_t file, ByteView piece);

 private:
  Status release(std::size_t file);

  const PairInfos& infos_;
  const OutputSink& sink_;
  std::size_t file_ = 0;
  std::uint64_t position_ = 0;  // in the file
  Bytes held_;
};

}  // namespace interlude::delta
