#pragma once
// Where the new files go, piece by piece.

#include <algorithm>

#include "delta/delta.hpp"

namespace interlude::delta {

/// Content is produced in pieces of this size.
inline constexpr std::size_t kPiece = 64U << 10U;

/// NoSpace if `needed` bytes are more than allowed.
Status check_memory(std::uint64_t needed, const Limits& limits);

/// Cuts what is produced at the ends of files.
class Output {
 public:
  Output(std::span<const std::uint64_t> sizes, const OutputSink& sink)
      : sizes_(sizes), sink_(sink) {}

  Status write(ByteView bytes) {
    while (!bytes.empty()) {
      if (const Status passed = pass_complete_files(); !passed) return passed;
      const std::uint64_t room = sizes_[file_] - written_;
      const ByteView piece = bytes.first(std::min<std::uint64_t>(room, bytes.size()));
      if (const Status taken = sink_(file_, piece); !taken) return taken;
      written_ += piece.size();
      bytes = bytes.subspan(piece.size());
    }
    return {};
  }

  Status finish() { return pass_complete_files(); }

 private:
  Status pass_complete_files() {
    while (file_ < sizes_.size() && written_ == sizes_[file_]) {
      if (sizes_[file_] == 0) {
        if (const Status taken = sink_(file_, {}); !taken) return taken;
      }
      ++file_;
      written_ = 0;
    }
    return {};
  }

  std::span<const std::uint64_t> sizes_;
  const OutputSink& sink_;
  std::size_t file_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace interlude::delta
