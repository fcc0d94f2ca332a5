#include "delta/suffix_index.hpp"

#include <divsufsort.h>
#include <divsufsort64.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace interlude::delta {
namespace {

constexpr std::size_t kPairs = 65536;
/// Of each longest place this many neighbours in the order are looked at, too, up to the first that
/// is this many bytes shorter; few where little agrees, as nearly everywhere in what is compressed.
constexpr std::uint64_t kNeighbours = 64;
constexpr std::uint64_t kShorter = 3;
constexpr std::uint64_t kLittle = 6;
constexpr std::uint64_t kFewNeighbours = 8;
/// So much in common is worth its cost wherever it lies.
constexpr std::uint64_t kLong = 256;

int sort_suffixes(ByteView text, std::vector<std::int32_t>& order) {
  return divsufsort(text.data(), order.data(), static_cast<std::int32_t>(text.size()));
}

int sort_suffixes(ByteView text, std::vector<std::int64_t>& order) {
  return divsufsort64(text.data(), order.data(), static_cast<std::int64_t>(text.size()));
}

template <class Number>
bool sort_into(std::variant<std::vector<std::int32_t>, std::vector<std::int64_t>>& result,
               ByteView text) {
  auto& order = result.emplace<std::vector<Number>>(text.size());
  return text.empty() || sort_suffixes(text, order) == 0;
}

}  // namespace

std::uint64_t common_prefix(ByteView left, ByteView right) {
  const std::size_t most = std::min(left.size(), right.size());
  std::size_t same = 0;
  while (most - same >= sizeof(std::uint64_t)) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::memcpy(&a, left.data() + same, sizeof a);
    std::memcpy(&b, right.data() + same, sizeof b);
    if (a != b) break;
    same += sizeof a;
  }
  while (same < most && left[same] == right[same]) ++same;
  return same;
}

Result<SuffixIndex> SuffixIndex::build(ByteView text) {
  SuffixIndex index(text);
  const bool small = text.size() <= std::numeric_limits<std::int32_t>::max();
  const bool sorted = small ? sort_into<std::int32_t>(index.order_, text)
                            : sort_into<std::int64_t>(index.order_, text);
  if (!sorted) return fail(ErrorKind::NoSpace, "not enough memory to index the old files");
  index.count_pairs();
  return index;
}

void SuffixIndex::count_pairs() {
  std::vector<std::uint64_t> counts(kPairs + 1);
  for (std::size_t i = 0; i + 1 < text_.size(); ++i) {
    ++counts[static_cast<std::size_t>(text_[i]) << 8U | text_[i + 1]];
  }
  // The last byte alone is a suffix, too, and comes before all pairs that begin with it.
  const std::size_t last = text_.empty() ? kPairs : static_cast<std::size_t>(text_.back()) << 8U;
  pair_begin_.resize(kPairs + 1);
  std::uint64_t sum = 0;
  for (std::size_t pair = 0; pair <= kPairs; ++pair) {
    if (pair == last && pair < kPairs) ++sum;
    pair_begin_[pair] = sum;
    sum += counts[pair];
  }
}

SuffixIndex::Found SuffixIndex::best(ByteView pattern, const Cost& cost) const {
  if (pattern.size() < 2) return {};
  return std::visit([&](const auto& order) { return search(order, pattern, cost); }, order_);
}

template <class Number>
SuffixIndex::Found SuffixIndex::search(const std::vector<Number>& order, ByteView pattern,
                                       const Cost& cost) const {
  const std::size_t pair = static_cast<std::size_t>(pattern[0]) << 8U | pattern[1];
  std::uint64_t low = pair_begin_[pair];
  // The suffix of one byte stands between two pairs and is counted to neither.
  std::uint64_t high = pair_begin_[pair + 1];
  if (pattern[1] == 0xff && pair + 1 < kPairs && !text_.empty() &&
      text_.back() == static_cast<std::uint8_t>((pair + 1) >> 8U)) {
    --high;
  }
  Found best;
  std::uint64_t best_at = 0;
  std::uint64_t common_low = 2;
  std::uint64_t common_high = 2;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto position = static_cast<std::uint64_t>(order[middle]);
    // What both ends of the range share with the pattern, everything between shares.
    const std::uint64_t known = std::min(common_low, common_high);
    const ByteView suffix = text_.subspan(position);
    const std::uint64_t common =
        known + common_prefix(suffix.subspan(known), pattern.subspan(known));
    if (common > best.length) {
      best = {position, common};
      best_at = middle;
    }
    if (common == pattern.size()) break;
    if (common == suffix.size() || suffix[common] < pattern[common]) {
      low = middle + 1;
      common_low = common;
    } else {
      high = middle;
      common_high = common;
    }
  }
  if (best.length == 0 || best.length > kLong) return best;

  const bool little = best.length < kLittle;
  const std::uint64_t neighbours = little ? kFewNeighbours : kNeighbours;
  const std::uint64_t least = best.length - std::min(best.length - 1, little ? 1 : kShorter);
  std::int64_t best_worth = static_cast<std::int64_t>(best.length) - cost(best.position);
  const auto consider = [&](std::uint64_t at) {
    const auto position = static_cast<std::uint64_t>(order[at]);
    const std::uint64_t length = common_prefix(text_.subspan(position), pattern);
    if (length < least) return false;
    const std::int64_t worth = static_cast<std::int64_t>(length) - cost(position);
    if (worth > best_worth) {
      best_worth = worth;
      best = {position, length};
    }
    return true;
  };
  const std::uint64_t first = best_at - std::min(best_at, neighbours);
  const std::uint64_t last = std::min<std::uint64_t>(order.size() - 1, best_at + neighbours);
  for (std::uint64_t at = best_at; at > first && consider(at - 1); --at) {
  }
  for (std::uint64_t at = best_at; at < last && consider(at + 1); ++at) {
  }
  return best;
}

}  // namespace interlude::delta
