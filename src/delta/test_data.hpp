#pragma once
// What the tests of this module share: files that look like code, edits like a compiler's, and
// applying into memory.

#include <algorithm>
#include <random>
#include <vector>

#include "delta/delta.hpp"

namespace interlude::delta {

inline std::vector<ByteView> views(const std::vector<Bytes>& files) {
  return {files.begin(), files.end()};
}

inline std::vector<std::uint64_t> sizes_of(const std::vector<Bytes>& files) {
  std::vector<std::uint64_t> sizes;
  for (const Bytes& file : files) sizes.push_back(file.size());
  return sizes;
}

/// What `apply` makes; `produced`, where given, counts the bytes that reached the sink.
inline Result<std::vector<Bytes>> applied(const std::vector<Bytes>& old, ByteView patch,
                                          const std::vector<std::uint64_t>& sizes,
                                          const Limits& limits = {},
                                          std::uint64_t* produced = nullptr) {
  std::vector<Bytes> files(sizes.size());
  const Status done =
      apply(views(old), patch, sizes, limits, [&](std::size_t file, ByteView piece) {
        append(files[file], piece);
        if (produced != nullptr) *produced += piece.size();
        return Status{};
      });
  if (!done) return std::unexpected(done.error());
  return files;
}

inline Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// Made of a few short words, as code is.
inline Bytes code_like(std::mt19937_64& random, std::size_t size) {
  const Bytes words = random_bytes(random, 256);
  Bytes bytes;
  while (bytes.size() < size) {
    const std::size_t at = random() % 240;
    append(bytes, ByteView(words).subspan(at, 1 + random() % 16));
  }
  bytes.resize(size);
  return bytes;
}

/// Up to a dozen stretches removed, inserted, moved to the end, or changed in every seventh byte.
inline Bytes edited(std::mt19937_64& random, Bytes file) {
  const std::size_t edits = random() % 12;
  for (std::size_t i = 0; i < edits; ++i) {
    const std::size_t at = file.empty() ? 0 : random() % file.size();
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min<std::size_t>(random() % 200, file.size() - at);
    const auto end = begin + static_cast<std::ptrdiff_t>(length);
    switch (random() % 4) {
      case 0:
        file.erase(begin, end);
        break;
      case 1: {
        const Bytes more = random_bytes(random, length);
        file.insert(begin, more.begin(), more.end());
        break;
      }
      case 2: {
        const Bytes moved(begin, end);
        append(file, moved);
        break;
      }
      default:
        for (std::size_t k = 0; k < length; k += 7) file[at + k] ^= 1U;
        break;
    }
  }
  return file;
}

}  // namespace interlude::delta
