#include "delta/stream.hpp"

#include <fmt/format.h>
#include <lzma.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>

namespace interlude::delta {
namespace {

constexpr std::uint64_t kSmallestWindow = 4096;
constexpr std::uint64_t kLargestWindow = 64ULL << 20U;
constexpr std::uint64_t kDecoderState = 256ULL << 10U;  // tables of either library, rounded up

std::unexpected<Error> damaged() {
  return fail(ErrorKind::Corrupt, "patch: a compressed stream is damaged");
}

class StoredReader final : public StreamReader {
 public:
  explicit StoredReader(ByteView bytes) : left_(bytes) {}

  Status read(std::span<std::uint8_t> out) override {
    if (out.size() > left_.size()) return damaged();
    std::ranges::copy(left_.first(out.size()), out.begin());
    left_ = left_.subspan(out.size());
    return {};
  }
  Status finish() override {
    if (!left_.empty()) return damaged();
    return {};
  }

 private:
  ByteView left_;
};

class LzmaReader final : public StreamReader {
 public:
  ~LzmaReader() override { lzma_end(&state_); }
  LzmaReader() = default;
  LzmaReader(const LzmaReader&) = delete;
  LzmaReader& operator=(const LzmaReader&) = delete;

  Status start(const PackedStream& stream) {
    if (stream.packed.empty()) return damaged();
    lzma_options_lzma options{};
    options.dict_size = static_cast<std::uint32_t>(window_bytes(stream.size));
    const unsigned properties = stream.packed[0];
    if (properties >= 9 * 5 * 5) return damaged();
    options.lc = properties % 9;
    options.lp = properties / 9 % 5;
    options.pb = properties / 45;
    if (options.lc + options.lp > LZMA_LCLP_MAX) return damaged();
    lzma_set_ext_size(options, stream.size);
    std::array<lzma_filter, 3> chain{};
    std::size_t filters = 0;
    if (stream.codec == Codec::LzmaX86) chain[filters++] = {LZMA_FILTER_X86, nullptr};
    if (stream.codec == Codec::LzmaArm64) chain[filters++] = {LZMA_FILTER_ARM64, nullptr};
    chain[filters++] = {LZMA_FILTER_LZMA1EXT, &options};
    chain[filters] = {LZMA_VLI_UNKNOWN, nullptr};
    const lzma_ret started = lzma_raw_decoder(&state_, chain.data());
    if (started != LZMA_OK) return fail(ErrorKind::NoSpace, "patch: no memory to unpack a stream");
    state_.next_in = stream.packed.data() + 1;
    state_.avail_in = stream.packed.size() - 1;
    return {};
  }

  Status read(std::span<std::uint8_t> out) override {
    state_.next_out = out.data();
    state_.avail_out = out.size();
    while (state_.avail_out > 0) {
      if (ended_) return damaged();
      if (const Status stepped = step(); !stepped) return stepped;
    }
    return {};
  }

  Status finish() override {
    // The end shows only when one more byte is asked for.
    std::uint8_t beyond = 0;
    state_.next_out = &beyond;
    state_.avail_out = 1;
    while (!ended_ && state_.avail_out > 0) {
      if (const Status stepped = step(); !stepped) return stepped;
    }
    if (!ended_ || state_.avail_out == 0 || state_.avail_in > 0) return damaged();
    return {};
  }

 private:
  Status step() {
    const lzma_ret result = lzma_code(&state_, LZMA_FINISH);
    if (result == LZMA_STREAM_END) {
      ended_ = true;
    } else if (result != LZMA_OK) {
      return damaged();
    }
    return {};
  }

  lzma_stream state_ = LZMA_STREAM_INIT;
  bool ended_ = false;
};

class ZstdReader final : public StreamReader {
 public:
  ~ZstdReader() override { ZSTD_freeDCtx(state_); }
  ZstdReader() = default;
  ZstdReader(const ZstdReader&) = delete;
  ZstdReader& operator=(const ZstdReader&) = delete;

  Status start(const PackedStream& stream) {
    state_ = ZSTD_createDCtx();
    if (state_ == nullptr) return fail(ErrorKind::NoSpace, "patch: no memory to unpack a stream");
    const std::size_t set =
        ZSTD_DCtx_setParameter(state_, ZSTD_d_windowLogMax, window_log(stream.size));
    if (ZSTD_isError(set) != 0) return fail(ErrorKind::Internal, "patch: zstd refused its window");
    // The magic number is not in the patch; the library wants it.
    constexpr std::array<std::uint8_t, 4> kMagic{0x28, 0xb5, 0x2f, 0xfd};
    ZSTD_inBuffer magic{kMagic.data(), kMagic.size(), 0};
    ZSTD_outBuffer nothing{nullptr, 0, 0};
    if (ZSTD_isError(ZSTD_decompressStream(state_, &nothing, &magic)) != 0) return damaged();
    input_ = {stream.packed.data(), stream.packed.size(), 0};
    return {};
  }

  Status read(std::span<std::uint8_t> out) override {
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    while (output.pos < output.size) {
      if (const Status stepped = step(output); !stepped) return stepped;
    }
    return {};
  }

  Status finish() override {
    ZSTD_outBuffer nothing{nullptr, 0, 0};
    while (!ended_) {
      if (const Status stepped = step(nothing); !stepped) return stepped;
    }
    if (input_.pos != input_.size) return damaged();
    return {};
  }

 private:
  Status step(ZSTD_outBuffer& output) {
    if (ended_) return damaged();
    const std::size_t read_before = input_.pos;
    const std::size_t written_before = output.pos;
    const std::size_t hint = ZSTD_decompressStream(state_, &output, &input_);
    if (ZSTD_isError(hint) != 0) return damaged();
    ended_ = hint == 0;
    if (!ended_ && input_.pos == read_before && output.pos == written_before) return damaged();
    return {};
  }

  ZSTD_DCtx* state_ = nullptr;
  ZSTD_inBuffer input_{};
  bool ended_ = false;
};

template <class Reader>
Result<std::unique_ptr<StreamReader>> started(const PackedStream& stream) {
  auto reader = std::make_unique<Reader>();
  if (const Status ready = reader->start(stream); !ready) return std::unexpected(ready.error());
  return reader;
}

}  // namespace

std::uint64_t window_bytes(std::uint64_t size) {
  return std::clamp(size, kSmallestWindow, kLargestWindow);
}

int window_log(std::uint64_t size) {
  return static_cast<int>(std::bit_width(window_bytes(size) - 1));
}

Result<PackedStream> read_stream(ByteReader& patch, std::uint64_t largest, std::string_view what) {
  const Result<std::uint64_t> head = patch.varint();
  if (!head) return std::unexpected(head.error());
  PackedStream stream;
  const std::uint64_t codec = *head & ((1U << kCodecBits) - 1);
  if (codec > static_cast<std::uint64_t>(Codec::LzmaArm64)) {
    return fail(ErrorKind::Corrupt, fmt::format("patch: unknown codec {} of the {}", codec, what));
  }
  stream.codec = static_cast<Codec>(codec);
  stream.size = *head >> kCodecBits;
  if (stream.size > largest) {
    return fail(ErrorKind::Corrupt, fmt::format("patch: {} bytes of {} announced, at most {} fit",
                                                stream.size, what, largest));
  }
  std::uint64_t packed_size = stream.size;
  if (stream.codec != Codec::Stored) {
    const Result<std::uint64_t> announced = patch.varint();
    if (!announced) return std::unexpected(announced.error());
    packed_size = *announced;
    if (packed_size >= stream.size) {
      return fail(ErrorKind::Corrupt, fmt::format("patch: the {} grew by packing", what));
    }
  }
  const Result<ByteView> packed = patch.take(packed_size);
  if (!packed) return std::unexpected(packed.error());
  stream.packed = *packed;
  return stream;
}

std::uint64_t unpacking_memory(const PackedStream& stream) {
  if (stream.codec == Codec::Stored) return 0;
  return (std::uint64_t{1} << static_cast<unsigned>(window_log(stream.size))) + kDecoderState;
}

Result<std::unique_ptr<StreamReader>> StreamReader::open(const PackedStream& stream) {
  switch (stream.codec) {
    case Codec::Stored:
      return std::make_unique<StoredReader>(stream.packed);
    case Codec::Zstd:
      return started<ZstdReader>(stream);
    case Codec::Lzma:
    case Codec::LzmaX86:
    case Codec::LzmaArm64:
      return started<LzmaReader>(stream);
  }
  return damaged();
}

Result<Bytes> unpack(const PackedStream& stream) {
  const Result<std::unique_ptr<StreamReader>> reader = StreamReader::open(stream);
  if (!reader) return std::unexpected(reader.error());
  Bytes bytes(stream.size);
  if (const Status filled = (*reader)->read(bytes); !filled) return std::unexpected(filled.error());
  if (const Status ended = (*reader)->finish(); !ended) return std::unexpected(ended.error());
  return bytes;
}

}  // namespace interlude::delta
