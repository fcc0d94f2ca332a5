#include "delta/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "delta/derive.hpp"
#include "delta/pairs.hpp"
#include "delta/stream.hpp"

namespace interlude::delta {
namespace {

/// No honest control stream is larger than what it makes, but for the smallest files.
constexpr std::uint64_t kControlSlack = 16;

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

struct StepsPatch {
  Control control;
  Predictions predictions;  // empty but with method Predicted
  PackedStream differences;
  PackedStream fresh;
  std::uint64_t memory = 0;  // of the numbers, and of unpacking the two large streams
};

struct NumberStream {
  const char* what;
  Bytes* into;
  PackedStream packed;
};

std::vector<NumberStream> number_streams(Method method, StepsPatch& patch) {
  Control& control = patch.control;
  Predictions& predictions = patch.predictions;
  std::vector<NumberStream> streams{{"moves", &control.moves, {}},
                                    {"copies", &control.copies, {}},
                                    {"insertions", &control.inserts, {}},
                                    {"gaps", &control.gaps, {}},
                                    {"runs", &control.runs, {}}};
  if (method == Method::Predicted) {
    streams.push_back({"lines", &control.lines, {}});
    streams.push_back({"pairs", &predictions.pairs, {}});
    streams.push_back({"target gaps", &predictions.target_gaps, {}});
    streams.push_back({"target shifts", &predictions.target_shifts, {}});
    streams.push_back({"correction gaps", &predictions.correction_gaps, {}});
    streams.push_back({"corrections", &predictions.corrections, {}});
  }
  return streams;
}

Result<StepsPatch> read_streams(Method method, ByteReader patch, std::uint64_t fresh_size,
                                const Limits& limits) {
  StepsPatch read;
  std::vector<NumberStream> streams = number_streams(method, read);
  read.memory = 2 * kPiece;
  for (NumberStream& part : streams) {
    const Result<PackedStream> stream = read_stream(patch, fresh_size + kControlSlack, part.what);
    if (!stream) return std::unexpected(stream.error());
    part.packed = *stream;
    read.memory += stream->size;
  }
  for (const auto& [what, into] :
       {std::pair{"differences", &read.differences}, std::pair{"new bytes", &read.fresh}}) {
    const Result<PackedStream> stream = read_stream(patch, fresh_size, what);
    if (!stream) return std::unexpected(stream.error());
    *into = *stream;
    read.memory += unpacking_memory(*stream);
  }
  if (const Status ended = patch.finish(); !ended) return std::unexpected(ended.error());
  // Number streams are unpacked one after the other, before the two large ones are opened.
  for (const NumberStream& part : streams) {
    const std::uint64_t needed = read.memory + unpacking_memory(part.packed);
    if (const Status fits = check_memory(needed, limits); !fits) {
      return std::unexpected(fits.error());
    }
  }
  for (const NumberStream& part : streams) {
    Result<Bytes> numbers = unpack(part.packed);
    if (!numbers) return std::unexpected(numbers.error());
    *part.into = std::move(*numbers);
  }
  return read;
}

/// Reads all steps and runs without doing them; `copies` learns of each copy.
/// Returns how many bytes are copied.
Result<std::uint64_t> check(const StepsPatch& patch, const Sides& sides, CopyCollector& copies) {
  std::uint64_t copied = 0;
  std::uint64_t fresh = 0;
  StepReader steps(patch.control, sides.old_size(), sides.fresh_size());
  for (;;) {
    const Result<std::optional<Step>> step = steps.next();
    if (!step) return std::unexpected(step.error());
    if (!*step) break;
    (void)sides.for_each_cut((*step)->old_position, fresh, (*step)->copy,
                             [&](const Sides::Cut& cut) {
                               copies.add(cut);
                               return Status{};
                             });
    copied += (*step)->copy;
    fresh += (*step)->copy + (*step)->insert;
  }
  std::uint64_t different = 0;
  RunReader runs(patch.control, copied);
  for (;;) {
    const Result<std::optional<Run>> run = runs.next();
    if (!run) return std::unexpected(run.error());
    if (!*run) break;
    different += (*run)->length;
  }
  if (fresh - copied != patch.fresh.size || different != patch.differences.size) {
    return fail(ErrorKind::Corrupt, "patch: lengths and content disagree");
  }
  return copied;
}

/// Learns where the targets of all pairs went.
Status resolve_targets(const Predictions& predictions, Pairs& pairs) {
  ExceptionReader exceptions(predictions.target_gaps, predictions.target_shifts,
                             "patch: target exceptions");
  pairs.for_each([&](Pair& pair) {
    pair.targets().resolve(pair.copied(), [&](std::size_t, std::uint32_t guess) {
      return guess + static_cast<std::uint32_t>(exceptions.next());
    });
  });
  return exceptions.finish();
}

/// Reads through all corrections without applying them: as many references as they speak of?
Status check_corrections(const Predictions& predictions, Pairs& pairs) {
  ExceptionReader corrections(predictions.correction_gaps, predictions.corrections,
                              "patch: corrections");
  std::uint64_t references = 0;
  pairs.for_each([&](const Pair& pair) {
    for (const Copy& copy : pair.copies()) references += pair.of(copy).size();
  });
  corrections.skip(references);
  return corrections.finish();
}

/// Produces the new files.
class Producer {
 public:
  Producer(const StepsPatch& patch, std::span<const ByteView> old, const Sides& sides,
           const Pairs& pairs, Differences& differences, StreamReader& fresh, Output& output)
      : old_(old),
        sides_(sides),
        pairs_(pairs),
        corrections_(patch.predictions.correction_gaps, patch.predictions.corrections,
                     "patch: corrections"),
        differences_(differences),
        fresh_(fresh),
        output_(output) {}

  Status step(const Step& step) {
    const Status copied = sides_.for_each_cut(step.old_position, position_, step.copy,
                                              [&](const Sides::Cut& cut) { return copy(cut); });
    if (!copied) return copied;
    for (std::uint64_t done = 0; done < step.insert; done += piece_.size()) {
      piece_.resize(std::min<std::uint64_t>(step.insert - done, kPiece));
      if (const Status got = fresh_.read(piece_); !got) return got;
      if (const Status written = output_.write(piece_); !written) return written;
    }
    position_ += step.copy + step.insert;
    return {};
  }

 private:
  Status copy(const Sides::Cut& cut) {
    const Pair* pair = pairs_.of(cut.old_file, cut.fresh_file);
    const ByteView old = old_[cut.old_file];
    Copy copy;
    std::span<const elf::Reference> references;
    if (pair != nullptr) {
      copy = cut.copy();
      references = pair->of(copy);
    }
    for (std::uint64_t done = 0; done < cut.length; done += piece_.size()) {
      const std::uint64_t begin = cut.old_place + done;
      std::uint64_t end = begin + std::min<std::uint64_t>(cut.length - done, kPiece);
      // No field is cut in two.
      std::size_t count = 0;
      while (count < references.size() && references[count].at < end) {
        const elf::Reference& reference = references[count];
        if (reference.at + std::uint64_t{field_size(reference.form)} > end) {
          end = reference.at;
          break;
        }
        ++count;
      }
      const ByteView from = old.subspan(begin, end - begin);
      piece_.assign(from.begin(), from.end());
      for (const elf::Reference& reference : references.first(count)) {
        const std::uint64_t field = pair->field(reference, copy, old) + corrections_.next();
        write_field(piece_.data() + (reference.at - begin), reference.form, field);
      }
      references = references.subspan(count);
      if (const Status added = differences_.add_to(piece_); !added) return added;
      if (const Status written = output_.write(piece_); !written) return written;
    }
    return {};
  }

  std::span<const ByteView> old_;
  const Sides& sides_;
  const Pairs& pairs_;
  ExceptionReader corrections_;
  Differences& differences_;
  StreamReader& fresh_;
  Output& output_;
  Bytes piece_;
  std::uint64_t position_ = 0;  // on the new side
};

}  // namespace

Status apply_steps(Method method, ByteReader reader, std::span<const ByteView> old,
                   std::span<const std::uint64_t> sizes, const Limits& limits,
                   const OutputSink& sink) {
  const Sides sides(old, sizes);
  const Result<StepsPatch> patch = read_streams(method, reader, sides.fresh_size(), limits);
  if (!patch) return std::unexpected(patch.error());
  PairInfos infos(sizes.size());
  if (method == Method::Predicted) {
    ByteReader in(patch->predictions.pairs, "patch: pairs");
    Result<PairInfos> read = read_pairs(in, sizes, old);
    if (!read) return std::unexpected(read.error());
    if (const Status ended = in.finish(); !ended) return ended;
    infos = std::move(*read);
  }
  const Result<std::uint64_t> held = held_bytes(infos, sizes);
  if (!held) return std::unexpected(held.error());
  const std::uint64_t memory = patch->memory + 2 * *held;
  if (const Status fits = check_memory(memory, limits); !fits) return fits;
  CopyCollector collector(infos);
  const Result<std::uint64_t> copied = check(*patch, sides, collector);
  if (!copied) return std::unexpected(copied.error());
  std::vector<std::vector<Copy>> copies = collector.take();
  Programs programs(old);
  const std::uint64_t predicting = prediction_memory(programs, infos, copies);
  if (const Status fits = check_memory(memory + predicting, limits); !fits) return fits;
  Pairs pairs(programs, infos, std::move(copies));
  if (const Status known = resolve_targets(patch->predictions, pairs); !known) return known;
  if (const Status fits = check_corrections(patch->predictions, pairs); !fits) return fits;

  const Result<std::unique_ptr<StreamReader>> difference_bytes =
      StreamReader::open(patch->differences);
  if (!difference_bytes) return std::unexpected(difference_bytes.error());
  const Result<std::unique_ptr<StreamReader>> fresh = StreamReader::open(patch->fresh);
  if (!fresh) return std::unexpected(fresh.error());
  Deriver deriver(infos, sink);
  const OutputSink derived = [&](std::size_t file, ByteView piece) {
    return deriver.write(file, piece);
  };
  Output output(sizes, derived);
  Differences differences(patch->control, *copied, **difference_bytes);
  Producer producer(*patch, old, sides, pairs, differences, **fresh, output);
  StepReader steps(patch->control, sides.old_size(), sides.fresh_size());
  for (;;) {
    const Result<std::optional<Step>> step = steps.next();
    if (!step) return std::unexpected(step.error());
    if (!*step) break;
    if (const Status done = producer.step(**step); !done) return done;
  }
  if (const Status ended = (*difference_bytes)->finish(); !ended) return ended;
  if (const Status ended = (*fresh)->finish(); !ended) return ended;
  return output.finish();
}

}  // namespace interlude::delta
