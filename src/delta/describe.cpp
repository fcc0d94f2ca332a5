#include "delta/describe.hpp"

#include <array>

#include "delta/parallel.hpp"
#include "delta/suffix_index.hpp"

namespace interlude::delta {
namespace {

/// Gaps between differences shorter than this are written as equal bytes within a run. Where
/// differences are few, the lower bound wins; where they form patterns, the packer sees them better
/// with the equal bytes in between (libcrypto 3.0.20 to 22: 178,372 bytes with 4, 165,133 with
/// 1000; libpoppler 22.12.0-2+deb12u2 to u3: 51,843 and 51,372; most small files gain by 4).
constexpr std::array<std::uint64_t, 2> kShortestGaps{4, 1000};

/// Fewer bytes of differences than this form no pattern worth a second attempt.
constexpr std::uint64_t kPattern = 256;

/// The streams of a patch that takes steps.
struct Description {
  Control control;
  Bytes differences;
  Bytes fresh;
};

/// Turns the differences of copied stretches into runs and gaps.
class RunWriter {
 public:
  RunWriter(Control& control, Bytes& bytes, std::uint64_t shortest_gap)
      : control_(control), bytes_(bytes), shortest_gap_(shortest_gap) {}

  void copy(ByteView old, ByteView fresh) {
    std::uint64_t at = 0;
    while (at < fresh.size()) {
      const std::uint64_t same = common_prefix(old.subspan(at), fresh.subspan(at));
      equal_ += same;
      at += same;
      if (at == fresh.size()) break;
      if (run_ > 0 && equal_ < shortest_gap_) {
        bytes_.insert(bytes_.end(), equal_, 0);
        run_ += equal_;
      } else {
        end_run();
        gap_ = equal_;
      }
      equal_ = 0;
      bytes_.push_back(static_cast<std::uint8_t>(fresh[at] - old[at]));
      ++run_;
      ++at;
    }
  }

  void end_run() {
    if (run_ == 0) return;
    append_varint(control_.gaps, gap_);
    append_varint(control_.runs, run_);
    run_ = 0;
  }

 private:
  Control& control_;
  Bytes& bytes_;
  std::uint64_t shortest_gap_;
  std::uint64_t equal_ = 0;  // since the last difference
  std::uint64_t gap_ = 0;    // before the present run
  std::uint64_t run_ = 0;
};

Result<Bytes> packed(const Description& parts, std::size_t files, const Predictions* predictions,
                     const MakeOptions& options) {
  const Control& control = parts.control;
  std::vector<RawStream> streams{{control.moves, Content::Numbers},
                                 {control.copies, Content::Numbers},
                                 {control.inserts, Content::Numbers},
                                 {control.gaps, Content::Numbers},
                                 {control.runs, Content::Numbers}};
  if (predictions != nullptr) {
    streams.push_back({control.lines, Content::Numbers});
    streams.push_back({predictions->pairs, Content::Numbers});
    streams.push_back({predictions->target_gaps, Content::Numbers});
    streams.push_back({predictions->target_shifts, Content::Numbers});
    streams.push_back({predictions->correction_gaps, Content::Numbers});
    streams.push_back({predictions->corrections, Content::Numbers});
  }
  streams.push_back({parts.differences, Content::Differences});
  streams.push_back({parts.fresh, Content::Files});
  const Result<Bytes> content = pack(streams, options);
  if (!content) return std::unexpected(content.error());
  Bytes patch = patch_head(predictions != nullptr ? Method::Predicted : Method::Differences, files);
  append(patch, *content);
  return patch;
}

/// Gaps between differences shorter than `shortest_gap` are written as equal bytes within a run.
Description describe(std::span<const Match> matches, const Copied& copied, ByteView fresh,
                     std::uint64_t shortest_gap, std::size_t lines) {
  Description patch;
  StepWriter steps(patch.control, fresh.size(), lines);
  RunWriter runs(patch.control, patch.differences, shortest_gap);
  const auto insert_until = [&](std::uint64_t from, std::uint64_t to) {
    append(patch.fresh, fresh.subspan(from, to - from));
    return to - from;
  };
  std::uint64_t at = 0;
  Step step;
  for (const Match& match : matches) {
    step.insert = insert_until(at, match.fresh);
    if (step.copy + step.insert > 0) steps.append(step);
    step = {match.old, match.length, 0};
    runs.copy(copied(match), fresh.subspan(match.fresh, match.length));
    at = match.fresh + match.length;
  }
  step.insert = insert_until(at, fresh.size());
  if (step.copy + step.insert > 0) steps.append(step);
  runs.end_run();
  return patch;
}

}  // namespace

Result<Bytes> pack_steps(std::span<const Match> matches, const Copied& copied, ByteView fresh,
                         std::size_t files, const Predictions* predictions,
                         const MakeOptions& options) {
  Bytes best;
  double begin = 0;
  for (const std::uint64_t shortest_gap : kShortestGaps) {
    const std::size_t lines = predictions != nullptr ? Lines::kCount : 1;
    const Description parts = describe(matches, copied, fresh, shortest_gap, lines);
    if (!best.empty() && parts.differences.size() < kPattern) break;
    Result<Bytes> patch = packed(parts, files, predictions, stretch(options, begin, begin + 0.5));
    if (!patch) return patch;
    if (best.empty() || patch->size() < best.size()) best = std::move(*patch);
    begin += 0.5;
  }
  return best;
}

Bytes patch_head(Method method, std::size_t files) {
  // Version 1 reads all that it knows.
  const std::uint8_t version = method == Method::Predicted ? 2 : 1;
  Bytes out{static_cast<std::uint8_t>(version << kMethodBits | static_cast<unsigned>(method))};
  append_varint(out, files);
  return out;
}

}  // namespace interlude::delta
