// Applying: everything that can be checked is checked before the first byte is produced: sizes
// of all streams, every reference and every length. Then one pass over the steps writes the new
// files through a window of fixed size. The old files are only looked at, never copied.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "delta/control.hpp"
#include "delta/delta.hpp"
#include "delta/stream.hpp"

namespace interlude::delta {
namespace {

constexpr std::size_t kPiece = 64U << 10U;

/// No honest control stream is larger than what it makes, but for the smallest files.
constexpr std::uint64_t kControlSlack = 16;

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

/// All old files as if they were one.
class OldSide {
 public:
  explicit OldSide(std::span<const ByteView> files) : files_(files) {
    for (const ByteView file : files) {
      ends_.push_back(size() + file.size());
    }
  }

  std::uint64_t size() const { return ends_.empty() ? 0 : ends_.back(); }

  /// At most `count` bytes from `position`, which is below size(): as many as one file holds there.
  ByteView at(std::uint64_t position, std::uint64_t count) const {
    const auto end = std::ranges::upper_bound(ends_, position);
    const ByteView file = files_[static_cast<std::size_t>(end - ends_.begin())];
    const std::uint64_t left = *end - position;
    return file.last(left).first(std::min(left, count));
  }

 private:
  std::span<const ByteView> files_;
  std::vector<std::uint64_t> ends_;
};

/// Adds the differences to copied bytes, in the order in which they are copied.
class Differences {
 public:
  Differences(const Control& control, std::uint64_t copied, StreamReader& bytes)
      : runs_(control, copied), bytes_(bytes) {}

  Status add_to(std::span<std::uint8_t> copied) {
    while (!copied.empty()) {
      if (gap_ == 0 && run_ == 0 && !at_end_) {
        const Result<std::optional<Run>> next = runs_.next();
        if (!next) return std::unexpected(next.error());
        at_end_ = !next->has_value();
        if (!at_end_) {
          gap_ = (*next)->gap;
          run_ = (*next)->length;
        }
      }
      if (at_end_) return {};
      const std::uint64_t equal = std::min<std::uint64_t>(gap_, copied.size());
      gap_ -= equal;
      copied = copied.subspan(equal);
      const std::uint64_t different = std::min<std::uint64_t>(run_, copied.size());
      run_ -= different;
      differences_.resize(different);
      if (const Status got = bytes_.read(differences_); !got) return got;
      for (std::size_t i = 0; i < different; ++i) {
        copied[i] = static_cast<std::uint8_t>(copied[i] + differences_[i]);
      }
      copied = copied.subspan(different);
    }
    return {};
  }

 private:
  RunReader runs_;
  StreamReader& bytes_;
  Bytes differences_;
  std::uint64_t gap_ = 0;
  std::uint64_t run_ = 0;
  bool at_end_ = false;
};

Status check_memory(std::uint64_t needed, const Limits& limits) {
  if (needed <= limits.memory_bytes) return {};
  return fail(ErrorKind::NoSpace, fmt::format("patch: needs {} bytes of memory, {} are allowed",
                                              needed, limits.memory_bytes));
}

Status apply_whole(ByteReader patch, std::uint64_t fresh_size, const Limits& limits,
                   Output& output) {
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
  Bytes piece;
  for (std::uint64_t left = fresh_size; left > 0; left -= piece.size()) {
    piece.resize(std::min<std::uint64_t>(left, kPiece));
    if (const Status got = (*reader)->read(piece); !got) return got;
    if (const Status written = output.write(piece); !written) return written;
  }
  return (*reader)->finish();
}

struct DifferencesPatch {
  Control control;
  PackedStream differences;
  PackedStream fresh;
};

Result<DifferencesPatch> read_differences(ByteReader patch, std::uint64_t fresh_size,
                                          const Limits& limits) {
  DifferencesPatch read;
  struct Part {
    const char* what;
    Bytes* into;
    PackedStream packed;
  };
  std::array<Part, 5> parts{{{"moves", &read.control.moves, {}},
                             {"copies", &read.control.copies, {}},
                             {"insertions", &read.control.inserts, {}},
                             {"gaps", &read.control.gaps, {}},
                             {"runs", &read.control.runs, {}}}};
  std::uint64_t memory = 2 * kPiece;
  for (Part& part : parts) {
    const Result<PackedStream> stream = read_stream(patch, fresh_size + kControlSlack, part.what);
    if (!stream) return std::unexpected(stream.error());
    part.packed = *stream;
    memory += stream->size;
  }
  for (const auto& [what, into] :
       {std::pair{"differences", &read.differences}, std::pair{"new bytes", &read.fresh}}) {
    const Result<PackedStream> stream = read_stream(patch, fresh_size, what);
    if (!stream) return std::unexpected(stream.error());
    *into = *stream;
    memory += unpacking_memory(*stream);
  }
  if (const Status ended = patch.finish(); !ended) return std::unexpected(ended.error());
  // Control streams are unpacked one after the other, before the two large ones are opened.
  for (const Part& part : parts) {
    const std::uint64_t needed = memory + unpacking_memory(part.packed);
    if (const Status fits = check_memory(needed, limits); !fits) {
      return std::unexpected(fits.error());
    }
  }
  for (Part& part : parts) {
    Result<Bytes> numbers = unpack(part.packed);
    if (!numbers) return std::unexpected(numbers.error());
    *part.into = std::move(*numbers);
  }
  return read;
}

/// Reads all steps and runs without doing them. Returns how many bytes are copied.
Result<std::uint64_t> check(const DifferencesPatch& patch, std::uint64_t old_size,
                            std::uint64_t fresh_size) {
  std::uint64_t copied = 0;
  std::uint64_t inserted = 0;
  StepReader steps(patch.control, old_size, fresh_size);
  for (;;) {
    const Result<std::optional<Step>> step = steps.next();
    if (!step) return std::unexpected(step.error());
    if (!*step) break;
    copied += (*step)->copy;
    inserted += (*step)->insert;
  }
  std::uint64_t different = 0;
  RunReader runs(patch.control, copied);
  for (;;) {
    const Result<std::optional<Run>> run = runs.next();
    if (!run) return std::unexpected(run.error());
    if (!*run) break;
    different += (*run)->length;
  }
  if (inserted != patch.fresh.size || different != patch.differences.size) {
    return fail(ErrorKind::Corrupt, "patch: lengths and content disagree");
  }
  return copied;
}

Status apply_differences(const DifferencesPatch& patch, const OldSide& old,
                         std::uint64_t fresh_size, Output& output) {
  const Result<std::uint64_t> copied = check(patch, old.size(), fresh_size);
  if (!copied) return std::unexpected(copied.error());
  const Result<std::unique_ptr<StreamReader>> difference_bytes =
      StreamReader::open(patch.differences);
  if (!difference_bytes) return std::unexpected(difference_bytes.error());
  const Result<std::unique_ptr<StreamReader>> fresh = StreamReader::open(patch.fresh);
  if (!fresh) return std::unexpected(fresh.error());

  Differences differences(patch.control, *copied, **difference_bytes);
  StepReader steps(patch.control, old.size(), fresh_size);
  Bytes piece;
  for (;;) {
    const Result<std::optional<Step>> step = steps.next();
    if (!step) return std::unexpected(step.error());
    if (!*step) break;
    for (std::uint64_t done = 0; done < (*step)->copy; done += piece.size()) {
      const ByteView from = old.at((*step)->old_position + done,
                                   std::min<std::uint64_t>((*step)->copy - done, kPiece));
      piece.assign(from.begin(), from.end());
      if (const Status added = differences.add_to(piece); !added) return added;
      if (const Status written = output.write(piece); !written) return written;
    }
    for (std::uint64_t done = 0; done < (*step)->insert; done += piece.size()) {
      piece.resize(std::min<std::uint64_t>((*step)->insert - done, kPiece));
      if (const Status got = (*fresh)->read(piece); !got) return got;
      if (const Status written = output.write(piece); !written) return written;
    }
  }
  if (const Status ended = (*difference_bytes)->finish(); !ended) return ended;
  return (*fresh)->finish();
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
  if (version != kFormatVersion) {
    return fail(ErrorKind::Corrupt, fmt::format("patch: format version {}, this program reads {}",
                                                version, kFormatVersion));
  }
  const Result<std::uint64_t> files = reader.varint();
  if (!files) return std::unexpected(files.error());
  if (*files != sizes.size()) {
    return fail(ErrorKind::Corrupt,
                fmt::format("patch: makes {} files, {} expected", *files, sizes.size()));
  }
  Output output(sizes, sink);
  Status done = fail(ErrorKind::Corrupt, fmt::format("patch: unknown method {}", method));
  if (method == static_cast<unsigned>(Method::Whole)) {
    done = apply_whole(reader, *fresh_size, limits, output);
  } else if (method == static_cast<unsigned>(Method::Differences)) {
    const Result<DifferencesPatch> differences = read_differences(reader, *fresh_size, limits);
    if (!differences) return std::unexpected(differences.error());
    done = apply_differences(*differences, OldSide(old), *fresh_size, output);
  }
  if (!done) return done;
  return output.finish();
}

}  // namespace interlude::delta
