#include "delta/pack.hpp"

#include <lzma.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "delta/parallel.hpp"
#include "delta/stream.hpp"

namespace interlude::delta {
namespace {

/// Above this, only the most promising ways are tried.
constexpr std::uint64_t kTryAll = 1U << 20U;
/// Below this nothing but storing can win.
constexpr std::uint64_t kWorthPacking = 12;

struct Way {
  Codec codec = Codec::Stored;
  std::uint32_t literal_context = 3;
  std::uint32_t literal_position = 0;
  std::uint32_t position = 2;
};

/// Larger than the input: the attempt is of no use.
const Bytes kUseless;

Bytes with_lzma(ByteView bytes, const Way& way) {
  lzma_options_lzma options{};
  if (lzma_lzma_preset(&options, 9 | LZMA_PRESET_EXTREME) != 0) return kUseless;
  options.dict_size = static_cast<std::uint32_t>(window_bytes(bytes.size()));
  options.lc = way.literal_context;
  options.lp = way.literal_position;
  options.pb = way.position;
  lzma_set_ext_size(options, bytes.size());
  std::array<lzma_filter, 3> chain{};
  std::size_t filters = 0;
  if (way.codec == Codec::LzmaX86) chain[filters++] = {LZMA_FILTER_X86, nullptr};
  if (way.codec == Codec::LzmaArm64) chain[filters++] = {LZMA_FILTER_ARM64, nullptr};
  chain[filters++] = {LZMA_FILTER_LZMA1EXT, &options};
  chain[filters] = {LZMA_VLI_UNKNOWN, nullptr};
  Bytes packed(bytes.size());
  packed[0] = static_cast<std::uint8_t>((options.pb * 5 + options.lp) * 9 + options.lc);
  std::size_t used = 1;
  const lzma_ret result = lzma_raw_buffer_encode(chain.data(), nullptr, bytes.data(), bytes.size(),
                                                 packed.data(), &used, packed.size());
  if (result != LZMA_OK) return kUseless;
  packed.resize(used);
  return packed;
}

Bytes with_zstd(ByteView bytes) {
  ZSTD_CCtx* state = ZSTD_createCCtx();
  if (state == nullptr) return kUseless;
  const int level = bytes.size() > (256U << 10U) ? 19 : 22;
  Bytes packed(ZSTD_compressBound(bytes.size()));
  std::size_t result = ZSTD_CCtx_setParameter(state, ZSTD_c_compressionLevel, level);
  if (ZSTD_isError(result) == 0) {
    result = ZSTD_CCtx_setParameter(state, ZSTD_c_windowLog, window_log(bytes.size()));
  }
  if (ZSTD_isError(result) == 0) {
    result = ZSTD_CCtx_setParameter(state, ZSTD_c_contentSizeFlag, 0);
  }
  if (ZSTD_isError(result) == 0) {
    result = ZSTD_compress2(state, packed.data(), packed.size(), bytes.data(), bytes.size());
  }
  ZSTD_freeCCtx(state);
  constexpr std::size_t kMagicSize = 4;
  if (ZSTD_isError(result) != 0 || result < kMagicSize) return kUseless;
  return {packed.begin() + kMagicSize, packed.begin() + static_cast<std::ptrdiff_t>(result)};
}

/// The filter for the machine that the first ELF header in `bytes` names. Pieces of code without
/// a header are most probably for x86.
Codec branch_filter(ByteView bytes) {
  constexpr std::string_view kElf = "\177ELF";
  constexpr std::size_t kMachineAt = 18;
  constexpr std::uint8_t kAarch64 = 183;
  const std::size_t header = as_text(bytes).find(kElf);
  const bool has_machine = header != std::string_view::npos && bytes.size() - header > kMachineAt;
  return has_machine && bytes[header + kMachineAt] == kAarch64 ? Codec::LzmaArm64 : Codec::LzmaX86;
}

std::vector<Way> ways_for(const RawStream& stream) {
  if (stream.bytes.size() < kWorthPacking) return {};
  const bool all = stream.bytes.size() <= kTryAll;
  switch (stream.content) {
    case Content::Numbers:
      return {{Codec::Lzma, 3, 0, 0}, {Codec::Lzma, 0, 0, 0}, {Codec::Zstd}};
    case Content::Differences:
      return {{Codec::Lzma, 1, 0, 0}, {Codec::Lzma, 3, 0, 0}};
    case Content::Files:
      if (!all) return {{Codec::Lzma, 3, 0, 2}, {branch_filter(stream.bytes), 3, 0, 2}};
      return {{Codec::Lzma, 3, 0, 0},
              {Codec::Lzma, 3, 0, 2},
              {Codec::LzmaX86, 4, 0, 0},
              {Codec::LzmaArm64, 2, 2, 2},
              {Codec::Zstd}};
  }
  return {};
}

/// One stream and one way to pack it.
struct Attempt {
  std::size_t stream = 0;
  Way way;
  Bytes packed;
};

void append_stream(Bytes& out, ByteView bytes, std::span<const Attempt> attempts,
                   std::size_t stream) {
  const Attempt* best = nullptr;
  for (const Attempt& attempt : attempts) {
    if (attempt.stream != stream || attempt.packed.empty()) continue;
    if (best == nullptr || attempt.packed.size() < best->packed.size()) best = &attempt;
  }
  // The second number of a packed stream's head has to be won back, too.
  constexpr std::uint64_t kSecondNumber = 5;
  const bool stored = best == nullptr || best->packed.size() + kSecondNumber > bytes.size();
  const Codec codec = stored ? Codec::Stored : best->way.codec;
  append_varint(out, bytes.size() << kCodecBits | static_cast<std::uint64_t>(codec));
  if (!stored) append_varint(out, best->packed.size());
  append(out, stored ? bytes : ByteView(best->packed));
}

}  // namespace

Result<Bytes> pack(std::span<const RawStream> streams, const MakeOptions& options) {
  std::vector<Attempt> attempts;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    for (const Way& way : ways_for(streams[i])) attempts.push_back({i, way, {}});
  }
  const bool completed = for_each_index(attempts.size(), options, [&](std::size_t i) {
    Attempt& attempt = attempts[i];
    const ByteView bytes = streams[attempt.stream].bytes;
    attempt.packed =
        attempt.way.codec == Codec::Zstd ? with_zstd(bytes) : with_lzma(bytes, attempt.way);
  });
  if (!completed) return fail(ErrorKind::Cancelled, "interrupted");
  Bytes out;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    append_stream(out, streams[i].bytes, attempts, i);
  }
  return out;
}

std::uint64_t quick_packed_size(ByteView bytes) {
  Bytes packed(ZSTD_compressBound(bytes.size()));
  const std::size_t result =
      ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 1);
  return ZSTD_isError(result) != 0 ? bytes.size() : std::min<std::uint64_t>(result, bytes.size());
}

}  // namespace interlude::delta
