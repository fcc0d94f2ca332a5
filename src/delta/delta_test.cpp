// Making and applying together: what comes out is what went in.

#include "delta/delta.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace interlude::delta {
namespace {

using ::testing::Le;

std::vector<ByteView> views(const std::vector<Bytes>& files) {
  return {files.begin(), files.end()};
}

std::vector<std::uint64_t> sizes_of(const std::vector<Bytes>& files) {
  std::vector<std::uint64_t> sizes;
  for (const Bytes& file : files) sizes.push_back(file.size());
  return sizes;
}

Result<std::vector<Bytes>> applied(const std::vector<Bytes>& old, ByteView patch,
                                   const std::vector<std::uint64_t>& sizes) {
  std::vector<Bytes> files(sizes.size());
  const Status done = apply(views(old), patch, sizes, {}, [&](std::size_t file, ByteView piece) {
    append(files[file], piece);
    return Status{};
  });
  if (!done) return std::unexpected(done.error());
  return files;
}

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// Code-like: many repeated pieces.
Bytes some_file(std::mt19937_64& random, std::size_t size) {
  const Bytes words = random_bytes(random, 256);
  Bytes bytes;
  while (bytes.size() < size) {
    const std::size_t at = random() % 240;
    append(bytes, ByteView(words).subspan(at, 1 + random() % 16));
  }
  bytes.resize(size);
  return bytes;
}

Bytes edited(std::mt19937_64& random, Bytes file) {
  const std::size_t edits = random() % 12;
  for (std::size_t i = 0; i < edits; ++i) {
    const std::size_t at = file.empty() ? 0 : random() % file.size();
    const auto place = file.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min<std::size_t>(random() % 200, file.size() - at);
    switch (random() % 4) {
      case 0:
        file.erase(place, place + static_cast<std::ptrdiff_t>(length));
        break;
      case 1: {
        const Bytes more = random_bytes(random, length);
        file.insert(place, more.begin(), more.end());
        break;
      }
      case 2: {
        const Bytes moved(place, place + static_cast<std::ptrdiff_t>(length));
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

TEST(Delta, RebuildsRandomlyEditedFiles) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<Bytes> old;
    std::vector<Bytes> fresh;
    for (std::size_t i = 0, count = random() % 4; i < count; ++i) {
      old.push_back(some_file(random, random() % 20000));
    }
    for (std::size_t i = 0, count = random() % 4; i < count; ++i) {
      const bool from_old = !old.empty() && random() % 4 != 0;
      fresh.push_back(from_old ? edited(random, old[random() % old.size()])
                               : some_file(random, random() % 3000));
    }
    const Result<Bytes> patch = make(views(old), views(fresh), {});
    ASSERT_TRUE(patch) << patch.error().message();
    const Result<std::vector<Bytes>> rebuilt = applied(old, *patch, sizes_of(fresh));
    ASSERT_TRUE(rebuilt) << rebuilt.error().message();
    EXPECT_EQ(*rebuilt, fresh);
  }
}

TEST(Delta, SpendsAFewBytesOnAnUnchangedFile) {
  std::mt19937_64 random(1);
  const std::vector<Bytes> file{random_bytes(random, 1 << 20)};
  const Result<Bytes> patch = make(views(file), views(file), {});
  ASSERT_TRUE(patch);
  EXPECT_THAT(patch->size(), Le(16U));
}

}  // namespace
}  // namespace interlude::delta
