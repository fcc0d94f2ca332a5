// Applying: reads the head of a patch and hands over to its method. The new files are written
// through a window of fixed size; the old files are only looked at, never copied.

#include <fmt/format.h>

#include "delta/control.hpp"
#include "delta/delta.hpp"
#include "delta/output.hpp"
#include "delta/steps.hpp"
#include "delta/stream.hpp"

namespace interlude::delta {

Status check_memory(std::uint64_t needed, const Limits& limits) {
  if (needed <= limits.memory_bytes) return {};
  return fail(ErrorKind::NoSpace, fmt::format("patch: needs {} bytes of memory, {} are allowed",
                                              needed, limits.memory_bytes));
}

namespace {

Status apply_whole(ByteReader patch, std::uint64_t fresh_size, std::span<const std::uint64_t> sizes,
                   const Limits& limits, const OutputSink& sink) {
  const Result<PackedStream> content = read_stream(patch, fresh_size, "content");
  if (!content) return std::unexpected(content.error());
  if (const Status ended = patch.finish(); !ended) return ended;
  if (content->size != fresh_size) {
    return fail(ErrorKind::Corrupt,
                fmt::format("patch: makes {} bytes, {} expected", content->size, fresh_size));
  }
  if (const Status fits = check_memory(unpacking_memory(*content) + kPiece, limits); !fits) {
    return fits;
  }
  const Result<std::unique_ptr<StreamReader>> reader = StreamReader::open(*content);
  if (!reader) return std::unexpected(reader.error());
  Output output(sizes, sink);
  Bytes piece;
  for (std::uint64_t left = fresh_size; left > 0; left -= piece.size()) {
    piece.resize(std::min<std::uint64_t>(left, kPiece));
    if (const Status got = (*reader)->read(piece); !got) return got;
    if (const Status written = output.write(piece); !written) return written;
  }
  if (const Status ended = (*reader)->finish(); !ended) return ended;
  return output.finish();
}

Result<std::uint64_t> total(std::span<const std::uint64_t> sizes) {
  std::uint64_t sum = 0;
  for (const std::uint64_t size : sizes) {
    sum += size;
    if (sum < size || sum > kLargestSide) {
      return fail(ErrorKind::NoSpace, "patch: the new files are too large");
    }
  }
  return sum;
}

}  // namespace

Status apply(std::span<const ByteView> old, ByteView patch, std::span<const std::uint64_t> sizes,
             const Limits& limits, const OutputSink& sink) {
  const Result<std::uint64_t> fresh_size = total(sizes);
  if (!fresh_size) return std::unexpected(fresh_size.error());
  ByteReader reader(patch, "patch");
  const Result<std::uint8_t> first = reader.u8();
  if (!first) return std::unexpected(first.error());
  const unsigned version = *first >> kMethodBits;
  const unsigned method = *first & ((1U << kMethodBits) - 1);
  if (version == 0 || version > kFormatVersion) {
    return fail(ErrorKind::Corrupt,
                fmt::format("patch: format version {}, this program reads 1 to {}", version,
                            kFormatVersion));
  }
  const Result<std::uint64_t> files = reader.varint();
  if (!files) return std::unexpected(files.error());
  if (*files != sizes.size()) {
    return fail(ErrorKind::Corrupt,
                fmt::format("patch: makes {} files, {} expected", *files, sizes.size()));
  }
  if (method == static_cast<unsigned>(Method::Whole)) {
    return apply_whole(reader, *fresh_size, sizes, limits, sink);
  }
  if (method == static_cast<unsigned>(Method::Differences) ||
      (method == static_cast<unsigned>(Method::Predicted) && version >= 2)) {
    return apply_steps(static_cast<Method>(method), reader, old, sizes, limits, sink);
  }
  return fail(ErrorKind::Corrupt, fmt::format("patch: unknown method {}", method));
}

}  // namespace interlude::delta
