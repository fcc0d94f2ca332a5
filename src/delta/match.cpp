#include "delta/match.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include "delta/control.hpp"
#include "delta/parallel.hpp"
#include "delta/suffix_index.hpp"

namespace interlude::delta {
namespace {

/// A new seed must explain more bytes than the present line: what a step costs, which grows with
/// the logarithm of how far it leads away from the lines.
constexpr std::int64_t kStepCost = 2;
constexpr std::int64_t kStepCostEighthsPerBit = 4;
/// This many equal bytes along the present shift need no search.
constexpr std::uint64_t kSure = 64;
/// Longer agreement than this is not compared further when seeds compete.
constexpr std::uint64_t kLongestSeed = 64U << 10U;
/// New files are cut for the threads to share; fixed, so that the result does not depend on them.
constexpr std::uint64_t kPart = 4U << 20U;
/// A *twin* is an old file of the same size with at most 256 + size / 65536 other bytes.
constexpr std::uint64_t kTwinBytes = 256;
constexpr std::uint64_t kTwinShare = 65536;
constexpr std::size_t kTwinsTried = 8;

/// A stretch of one new file, and where on the old side it probably comes from.
struct Part {
  ByteView bytes;
  std::uint64_t position = 0;  ///< on the new side
  std::uint64_t guess = 0;     ///< on the old side
};

bool is_twin(ByteView old, ByteView fresh) {
  const std::uint64_t most = kTwinBytes + fresh.size() / kTwinShare;
  std::uint64_t different = 0;
  for (std::uint64_t at = 0; at < fresh.size(); ++at) {
    at += common_prefix(old.subspan(at), fresh.subspan(at));
    if (at < fresh.size() && ++different > most) return false;
  }
  return true;
}

/// The matches of one part, along the lines of the essay in match.hpp.
class Matcher {
 public:
  Matcher(const SuffixIndex& index, ByteView old, const Part& part)
      : index_(index), old_(old), part_(part), present_{0, part.guess, 0} {
    lines_.follow(0, part.guess, 0);
  }

  std::vector<Match> run() {
    std::uint64_t at = 0;
    while (at < part_.bytes.size()) {
      const std::optional<Match> seed = next_seed(at);
      if (!seed) break;
      take(*seed);
      at = seed->fresh + seed->length;
    }
    take({part_.bytes.size(), old_.size(), 0});
    return std::move(matches_);
  }

 private:
  /// Does the byte at `at` of the part agree with the old one along the present shift?
  bool agrees(std::uint64_t at) const {
    const std::uint64_t position = present_.old + (at - present_.fresh);
    return position < old_.size() && old_[position] == part_.bytes[at];
  }

  std::uint64_t agreement(std::uint64_t at) const {
    const std::uint64_t position = present_.old + (at - present_.fresh);
    if (position >= old_.size()) return 0;
    return common_prefix(old_.subspan(position), part_.bytes.subspan(at));
  }

  std::optional<Match> next_seed(std::uint64_t at) const {
    std::uint64_t counted = at;  // bytes before this one are in `agreeing`
    std::uint64_t agreeing = 0;  // of those from `at` on, along the present shift
    while (at < part_.bytes.size()) {
      const std::uint64_t sure = agreement(at);
      if (sure >= kSure) {
        at += sure;
        counted = at;
        agreeing = 0;
        continue;
      }
      const ByteView ahead = part_.bytes.subspan(at);
      const SuffixIndex::Found found =
          best_seed(at, ahead.first(std::min<std::uint64_t>(ahead.size(), kLongestSeed)));
      for (; counted < at + found.length; ++counted) agreeing += agrees(counted) ? 1U : 0U;
      if (static_cast<std::int64_t>(found.length) >
          static_cast<std::int64_t>(agreeing) + cost(at, found.position)) {
        return Match{at, found.position, found.length};
      }
      // Nearly all of a long find agrees along the present shift, too: no better one begins inside.
      const std::uint64_t stride = std::max<std::uint64_t>(1, found.length / 2);
      for (std::uint64_t i = 0; i < stride; ++i, ++at) {
        if (at < counted) {
          agreeing -= agrees(at) ? 1U : 0U;
        } else {
          counted = at + 1;
        }
      }
    }
    return std::nullopt;
  }

  /// About how many bytes must be explained for a step from `at` of the part to be worth it.
  std::int64_t cost(std::uint64_t at, std::uint64_t position) const {
    std::uint64_t nearest = ~std::uint64_t{0};
    for (std::size_t line = 0; line < Lines::kCount; ++line) {
      const std::uint64_t there = lines_(line, at);
      nearest = std::min(nearest, std::min(position - there, there - position));
    }
    const auto bits = static_cast<std::int64_t>(std::bit_width(nearest));
    return kStepCost + bits * kStepCostEighthsPerBit / 8;
  }

  SuffixIndex::Found best_seed(std::uint64_t at, ByteView ahead) const {
    SuffixIndex::Found best =
        index_.best(ahead, [&](std::uint64_t position) { return cost(at, position); });
    std::int64_t worth = static_cast<std::int64_t>(best.length) - cost(at, best.position);
    for (std::size_t line = 1; line < Lines::kCount; ++line) {
      const std::uint64_t there = lines_(line, at);
      if (there >= old_.size()) continue;
      const std::uint64_t length = common_prefix(old_.subspan(there), ahead);
      if (static_cast<std::int64_t>(length) - kStepCost <= worth) continue;
      worth = static_cast<std::int64_t>(length) - kStepCost;
      best = {there, length};
    }
    return best;
  }

  /// Grows the present match forwards and `seed` backwards into the stretch between them.
  void take(Match seed) {
    const std::uint64_t between = seed.fresh - present_.fresh;
    std::uint64_t forward = grow_forward(std::min(between, old_.size() - present_.old));
    std::uint64_t backward =
        seed.length == 0 ? 0 : grow_backward(seed, std::min(between, seed.old));
    if (forward + backward > between) {
      const std::uint64_t overlap = forward + backward - between;
      const std::uint64_t kept = best_cut(seed, forward - overlap, overlap);
      forward = forward - overlap + kept;
      backward -= kept;
    }
    if (forward > 0) {
      matches_.push_back({part_.position + present_.fresh, present_.old, forward});
    }
    present_ = {seed.fresh - backward, seed.old - backward, 0};
    follow(present_);
  }

  std::uint64_t grow_forward(std::uint64_t most) const {
    std::uint64_t best = 0;
    std::int64_t best_score = 0;
    std::int64_t score = 0;
    for (std::uint64_t i = 0; i < most; ++i) {
      score += old_[present_.old + i] == part_.bytes[present_.fresh + i] ? 1 : -1;
      if (score > best_score) {
        best_score = score;
        best = i + 1;
      }
    }
    return best;
  }

  std::uint64_t grow_backward(const Match& seed, std::uint64_t most) const {
    std::uint64_t best = 0;
    std::int64_t best_score = 0;
    std::int64_t score = 0;
    for (std::uint64_t i = 1; i <= most; ++i) {
      score += old_[seed.old - i] == part_.bytes[seed.fresh - i] ? 1 : -1;
      if (score > best_score) {
        best_score = score;
        best = i;
      }
    }
    return best;
  }

  /// Of `overlap` bytes from `begin` (after the start of the present match) that both sides could
  /// have: how many go to the present match.
  std::uint64_t best_cut(const Match& seed, std::uint64_t begin, std::uint64_t overlap) const {
    const std::uint64_t fresh = present_.fresh + begin;
    const std::uint64_t seed_old = seed.old - (seed.fresh - fresh);
    std::uint64_t best = 0;
    std::int64_t best_score = 0;
    std::int64_t score = 0;
    for (std::uint64_t i = 0; i < overlap; ++i) {
      score += part_.bytes[fresh + i] == old_[present_.old + begin + i] ? 1 : 0;
      score -= part_.bytes[fresh + i] == old_[seed_old + i] ? 1 : 0;
      if (score > best_score) {
        best_score = score;
        best = i + 1;
      }
    }
    return best;
  }

  /// As the step will be written: along the line that leads there or as a new one.
  void follow(const Match& match) {
    std::size_t line = 0;
    while (line + 1 < Lines::kCount && lines_(line, match.fresh) != match.old) ++line;
    lines_.follow(line, match.old, match.fresh);
  }

  const SuffixIndex& index_;
  ByteView old_;
  const Part& part_;
  Lines lines_;    // positions of the part
  Match present_;  // only where it begins; how far it goes shows when the next seed is known
  std::vector<Match> matches_;
};

/// Joins matches that follow each other on both sides.
std::vector<Match> joined(const std::vector<std::vector<Match>>& parts) {
  std::vector<Match> all;
  for (const std::vector<Match>& part : parts) {
    for (const Match& match : part) {
      if (!all.empty() && all.back().fresh + all.back().length == match.fresh &&
          all.back().old + all.back().length == match.old) {
        all.back().length += match.length;
      } else {
        all.push_back(match);
      }
    }
  }
  return all;
}

}  // namespace

std::vector<std::optional<std::size_t>> find_twins(std::span<const ByteView> old,
                                                   std::span<const ByteView> fresh) {
  std::map<std::uint64_t, std::vector<std::size_t>> by_size;
  for (std::size_t i = 0; i < old.size(); ++i) by_size[old[i].size()].push_back(i);
  std::vector<std::optional<std::size_t>> twins(fresh.size());
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const auto same_size = by_size.find(fresh[i].size());
    if (same_size == by_size.end()) continue;
    const std::span<const std::size_t> candidates = same_size->second;
    for (const std::size_t k : candidates.first(std::min(candidates.size(), kTwinsTried))) {
      if (!is_twin(old[k], fresh[i])) continue;
      twins[i] = k;
      break;
    }
  }
  return twins;
}

Result<std::vector<Match>> find_matches(std::span<const ByteView> old, ByteView all_old,
                                        std::span<const ByteView> fresh,
                                        std::span<const std::optional<std::size_t>> twins,
                                        const MakeOptions& options) {
  std::uint64_t old_size = 0;
  std::vector<std::uint64_t> old_begins;
  for (const ByteView file : old) {
    old_begins.push_back(old_size);
    old_size += file.size();
  }
  std::vector<std::vector<Match>> found;
  std::vector<Part> parts;
  std::vector<std::size_t> slots;  // of `found`, for each part
  std::uint64_t position = 0;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const ByteView file = fresh[i];
    if (twins[i]) {
      found.push_back({{position, old_begins[*twins[i]], file.size()}});
    } else {
      const std::uint64_t guess = i < old.size() ? old_begins[i] : 0;
      for (std::uint64_t at = 0; at < file.size(); at += kPart) {
        const std::uint64_t length = std::min(kPart, file.size() - at);
        parts.push_back({file.subspan(at, length), position + at,
                         std::min<std::uint64_t>(guess + at, all_old.size())});
        slots.push_back(found.size());
        found.emplace_back();
      }
    }
    position += file.size();
  }
  if (parts.empty()) return joined(found);

  const Result<SuffixIndex> index = SuffixIndex::build(all_old);
  if (!index) return std::unexpected(index.error());
  const bool completed = for_each_index(parts.size(), options, [&](std::size_t i) {
    found[slots[i]] = Matcher(*index, all_old, parts[i]).run();
  });
  if (!completed) return fail(ErrorKind::Cancelled, "interrupted");
  return joined(found);
}

}  // namespace interlude::delta
