// Making: match, turn the matches into steps and differences, pack; and where plain compression of
// the new files is smaller, take that instead.

#include <algorithm>
#include <array>

#include "delta/control.hpp"
#include "delta/delta.hpp"
#include "delta/match.hpp"
#include "delta/pack.hpp"
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

/// Plain compression has no chance against a patch this many times smaller than a quick attempt.
constexpr std::uint64_t kHopeless = 8;

Bytes concatenated(std::span<const ByteView> files) {
  Bytes all;
  for (const ByteView file : files) append(all, file);
  return all;
}

Bytes head(Method method, std::size_t files) {
  Bytes out{
      static_cast<std::uint8_t>(kFormatVersion << kMethodBits | static_cast<unsigned>(method))};
  append_varint(out, files);
  return out;
}

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

struct DifferencesPatch {
  Control control;
  Bytes differences;
  Bytes fresh;
};

DifferencesPatch describe(std::span<const Match> matches, ByteView old, ByteView fresh,
                          std::uint64_t shortest_gap) {
  DifferencesPatch patch;
  StepWriter steps(patch.control, fresh.size());
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
    runs.copy(old.subspan(match.old, match.length), fresh.subspan(match.fresh, match.length));
    at = match.fresh + match.length;
  }
  step.insert = insert_until(at, fresh.size());
  if (step.copy + step.insert > 0) steps.append(step);
  runs.end_run();
  return patch;
}

Result<Bytes> make_whole(ByteView fresh, std::size_t files, const MakeOptions& options) {
  const std::array<RawStream, 1> content{RawStream{fresh, Content::Files}};
  const Result<Bytes> packed = pack(content, options);
  if (!packed) return std::unexpected(packed.error());
  Bytes patch = head(Method::Whole, files);
  append(patch, *packed);
  return patch;
}

Result<Bytes> pack_differences(const DifferencesPatch& parts, std::size_t files,
                               const MakeOptions& options) {
  const std::array<RawStream, 7> streams{{
      {parts.control.moves, Content::Numbers},
      {parts.control.copies, Content::Numbers},
      {parts.control.inserts, Content::Numbers},
      {parts.control.gaps, Content::Numbers},
      {parts.control.runs, Content::Numbers},
      {parts.differences, Content::Differences},
      {parts.fresh, Content::Files},
  }};
  const Result<Bytes> packed = pack(streams, options);
  if (!packed) return std::unexpected(packed.error());
  Bytes patch = head(Method::Differences, files);
  append(patch, *packed);
  return patch;
}

Result<Bytes> make_differences(std::span<const ByteView> old, std::span<const ByteView> fresh,
                               ByteView all_fresh, const MakeOptions& options) {
  const Bytes all_old = concatenated(old);
  const Result<std::vector<Match>> matches =
      find_matches(old, all_old, fresh, stretch(options, 0, 0.5));
  if (!matches) return std::unexpected(matches.error());
  Bytes best;
  double begin = 0.5;
  for (const std::uint64_t shortest_gap : kShortestGaps) {
    const DifferencesPatch parts = describe(*matches, all_old, all_fresh, shortest_gap);
    if (!best.empty() && parts.differences.size() < kPattern) break;
    Result<Bytes> patch =
        pack_differences(parts, fresh.size(), stretch(options, begin, begin + 0.25));
    if (!patch) return patch;
    if (best.empty() || patch->size() < best.size()) best = std::move(*patch);
    begin += 0.25;
  }
  return best;
}

}  // namespace

Result<Bytes> make(std::span<const ByteView> old, std::span<const ByteView> fresh,
                   const MakeOptions& options) {
  const Bytes all_fresh = concatenated(fresh);
  if (old.empty()) return make_whole(all_fresh, fresh.size(), options);
  Result<Bytes> differences = make_differences(old, fresh, all_fresh, stretch(options, 0, 0.8));
  if (!differences || differences->size() < quick_packed_size(all_fresh) / kHopeless) {
    return differences;
  }
  Result<Bytes> whole = make_whole(all_fresh, fresh.size(), stretch(options, 0.8, 1));
  if (!whole || whole->size() < differences->size()) return whole;
  return differences;
}

}  // namespace interlude::delta
