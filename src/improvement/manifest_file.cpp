#include "improvement/manifest_file.hpp"

#include <zstd.h>

#include <memory>

namespace interlude::improvement {
namespace {

constexpr int kLargestWindowLog = 23;  // kLargestManifest fits in it

struct StreamDeleter {
  void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
};

Result<Bytes> decompress(ByteView compressed) {
  const std::unique_ptr<ZSTD_DCtx, StreamDeleter> stream(ZSTD_createDCtx());
  if (!stream) return fail(ErrorKind::Internal, "zstd has no memory");
  ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kLargestWindowLog);
  Bytes text;
  Bytes piece(ZSTD_DStreamOutSize());
  ZSTD_inBuffer in{compressed.data(), compressed.size(), 0};
  while (true) {
    ZSTD_outBuffer out{piece.data(), piece.size(), 0};
    const std::size_t left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left) != 0) return fail(ErrorKind::Corrupt, ZSTD_getErrorName(left));
    append(text, ByteView(piece).first(out.pos));
    if (text.size() > kLargestManifest) {
      return fail(ErrorKind::Corrupt, "larger than any manifest may be");
    }
    if (left == 0) break;
    if (in.pos == in.size && out.pos < out.size) return fail(ErrorKind::Corrupt, "cut short");
  }
  if (in.pos != in.size) return fail(ErrorKind::Corrupt, "something follows after the manifest");
  return text;
}

}  // namespace

Result<Manifest> unpack_manifest(ByteView compressed) {
  const auto text = decompress(compressed);
  if (!text) return std::unexpected(text.error().during("decompressing manifest.json.zst"));
  return parse_manifest(*text);
}

}  // namespace interlude::improvement
