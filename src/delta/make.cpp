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

/// A patch this many times smaller than a quick compression of the new files needs no comparison
/// with a more thorough one, and a predicted one none with plain differences.
constexpr std::uint64_t kClear = 8;
constexpr std::uint64_t kClearPrediction = 4;

/// The files one after the other; a single one is not copied.
class Joined {
 public:
  explicit Joined(std::span<const ByteView> files) {
    if (files.size() == 1) {
      bytes_ = files.front();
      return;
    }
    for (const ByteView file : files) append(copied_, file);
    bytes_ = copied_;
  }
  Joined(const Joined&) = delete;
  Joined& operator=(const Joined&) = delete;
  ByteView bytes() const { return bytes_; }

 private:
  Bytes copied_;
  ByteView bytes_;
};

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
  const Joined all_fresh(fresh);
  if (old.empty()) return make_whole(all_fresh.bytes(), fresh.size(), options);
  const Joined all_old(old);
  const std::vector<std::optional<std::size_t>> twins = find_twins(old, fresh);
  const Input input{old, all_old.bytes(), fresh, all_fresh.bytes(), twins};

  const std::uint64_t quick = quick_packed_size(input.all_fresh);
  Result<std::optional<Bytes>> predicted = make_predicted(input, stretch(options, 0, 0.6));
  if (!predicted) return std::unexpected(predicted.error());
  std::optional<Bytes> best;
  if (*predicted && rebuilds(input, **predicted)) best = std::move(*predicted);
  if (!best || best->size() > quick / kClearPrediction) {
    Result<Bytes> plain = make_differences(input, stretch(options, 0.6, 0.8));
    if (!plain) return plain;
    if (!best || plain->size() < best->size()) best = std::move(*plain);
  }
  if (best->size() > quick / kClear) {
    Result<Bytes> whole = make_whole(input.all_fresh, fresh.size(), stretch(options, 0.8, 1));
    if (!whole || whole->size() < best->size()) return whole;
  }
  return std::move(*best);
}

}  // namespace interlude::delta
