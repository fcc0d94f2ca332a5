// Making: by prediction where programs changed, by plain differences, and by plain compression of
// the new files; the smallest is taken.

#include <algorithm>
#include <array>

#include "delta/control.hpp"
#include "delta/delta.hpp"
#include "delta/describe.hpp"
#include "delta/match.hpp"
#include "delta/pack.hpp"
#include "delta/parallel.hpp"
#include "delta/predict.hpp"

namespace interlude::delta {
namespace {

/// Plain compression has no chance against a patch this many times smaller than a quick attempt.
constexpr std::uint64_t kHopeless = 8;

Bytes concatenated(std::span<const ByteView> files) {
  Bytes all;
  for (const ByteView file : files) append(all, file);
  return all;
}

Result<Bytes> make_whole(ByteView fresh, std::size_t files, const MakeOptions& options) {
  const std::array<RawStream, 1> content{RawStream{fresh, Content::Files}};
  const Result<Bytes> packed = pack(content, options);
  if (!packed) return std::unexpected(packed.error());
  Bytes patch = patch_head(Method::Whole, files);
  append(patch, *packed);
  return patch;
}

Result<Bytes> make_differences(const Input& input, const MakeOptions& options) {
  const Result<std::vector<Match>> matches =
      find_matches(input.old, input.all_old, input.fresh, input.twins, stretch(options, 0, 0.5));
  if (!matches) return std::unexpected(matches.error());
  const auto copied = [&](const Match& match) {
    return input.all_old.subspan(match.old, match.length);
  };
  return pack_steps(*matches, copied, input.all_fresh, input.fresh.size(), nullptr,
                    stretch(options, 0.5, 1));
}

/// Whether a device would get the new files from this patch, with the memory that it allows itself.
/// Prediction is the one method where that takes more than a look at the code.
bool rebuilds(const Input& input, const Bytes& patch) {
  std::vector<std::uint64_t> sizes;
  for (const ByteView file : input.fresh) sizes.push_back(file.size());
  std::uint64_t position = 0;
  bool same = true;
  const Status done = apply(input.old, patch, sizes, {}, [&](std::size_t, ByteView piece) {
    same = same && std::ranges::equal(piece, input.all_fresh.subspan(position, piece.size()));
    position += piece.size();
    return Status{};
  });
  return done && same && position == input.all_fresh.size();
}

}  // namespace

Result<Bytes> make(std::span<const ByteView> old, std::span<const ByteView> fresh,
                   const MakeOptions& options) {
  const Bytes all_fresh = concatenated(fresh);
  if (old.empty()) return make_whole(all_fresh, fresh.size(), options);
  const Bytes all_old = concatenated(old);
  const std::vector<std::optional<std::size_t>> twins = find_twins(old, fresh);
  const Input input{old, all_old, fresh, all_fresh, twins};

  Result<Bytes> best = make_differences(input, stretch(options, 0, 0.3));
  if (!best) return best;
  Result<std::optional<Bytes>> predicted = make_predicted(input, stretch(options, 0.3, 0.8));
  if (!predicted) return std::unexpected(predicted.error());
  if (*predicted && (*predicted)->size() < best->size() && rebuilds(input, **predicted)) {
    best = std::move(**predicted);
  }
  if (best->size() < quick_packed_size(all_fresh) / kHopeless) return best;
  Result<Bytes> whole = make_whole(all_fresh, fresh.size(), stretch(options, 0.8, 1));
  if (!whole || whole->size() < best->size()) return whole;
  return best;
}

}  // namespace interlude::delta
