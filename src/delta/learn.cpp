#include "delta/learn.hpp"

#include <algorithm>
#include <array>

namespace interlude::delta {
namespace {

/// One reference says that a target went there.
struct Vote {
  std::uint32_t target = 0;
  std::uint32_t fresh = 0;
  auto operator<=>(const Vote&) const = default;
};

/// Reads what references of copied stretches say in the new file.
class Ballot {
 public:
  Ballot(const Pair& pair, ByteView fresh) : pair_(pair), fresh_(fresh) {}

  /// `with_bases`: also those whose meaning depends on where another target went.
  std::vector<Vote> votes(bool with_bases) {
    votes_.clear();
    for (const Copy& copy : pair_.copies()) {
      pages_ = {};
      for (const elf::Reference& reference : pair_.of(copy)) {
        if (has_base(reference.form) && !with_bases) continue;
        read(reference, copy.fresh_place + (reference.at - copy.old_place));
      }
    }
    std::ranges::sort(votes_);
    return std::move(votes_);
  }

 private:
  void read(const elf::Reference& reference, std::uint32_t place) {
    const std::optional<std::uint32_t> own = elf::address_of(pair_.fresh_segments(), place);
    const std::uint64_t value = elf::read_field(fresh_, place, reference.form);
    if (reference.form == elf::Form::Page21) {
      if (!own) return;
      const std::uint64_t spread = (value >> 29U & 3U) | (value >> 5U & 0x7ffffU) << 2U;
      const std::uint64_t delta = (spread ^ 0x100000U) - 0x100000U;
      pages_[value & 31U] = {
          page_of(reference.target),
          static_cast<std::uint32_t>((*own / elf::kPageSize + delta) * elf::kPageSize)};
      return;
    }
    if (reference.form == elf::Form::Low12) {
      const Page& page = pages_[value >> 5U & 31U];
      if (page.old != page_of(reference.target)) return;
      const auto low = static_cast<std::uint32_t>((value >> 10U & 0xfffU) << reference.extra);
      votes_.push_back({reference.target, page.fresh + low});
      return;
    }
    // Tables of relocations look alike wherever they are cut: what was copied knows better.
    if (reference.form == elf::Form::Place64 && pair_.copied()(reference.target)) return;
    const std::uint32_t base = has_base(reference.form) ? pair_.targets()(reference.base) : 0;
    if (const auto target = elf::decode(reference, value, own.value_or(0), base)) {
      votes_.push_back({reference.target, *target});
    }
  }

  struct Page {
    std::uint32_t old = kNoPage;
    std::uint32_t fresh = 0;
  };
  static constexpr std::uint32_t kNoPage = 1;  // pages are multiples of their size
  static std::uint32_t page_of(std::uint32_t address) {
    return address / elf::kPageSize * elf::kPageSize;
  }
  const Pair& pair_;
  ByteView fresh_;
  std::vector<Vote> votes_;
  std::array<Page, 32> pages_;  // what ADRPs of this copy left in each register
};

/// What most votes for one target say; `guess` where as many say that.
std::uint32_t winner(std::span<const Vote> votes, std::uint32_t guess) {
  std::uint32_t best = guess;
  std::size_t best_count = 0;
  for (std::size_t begin = 0; begin < votes.size();) {
    std::size_t end = begin;
    while (end < votes.size() && votes[end] == votes[begin]) ++end;
    const std::size_t count = end - begin;
    if (count > best_count || (count == best_count && votes[begin].fresh == guess)) {
      best = votes[begin].fresh;
      best_count = count;
    }
    begin = end;
  }
  return best;
}

/// Votes must be sorted.
template <class Tell>
void resolve(Pair& pair, const std::vector<Vote>& votes, const Tell& tell) {
  const std::span<const std::uint32_t> old = pair.targets().old();
  std::size_t at = 0;
  pair.targets().resolve(pair.copied(), [&](std::size_t i, std::uint32_t guess) {
    while (at < votes.size() && votes[at].target < old[i]) ++at;
    std::size_t end = at;
    while (end < votes.size() && votes[end].target == old[i]) ++end;
    const std::uint32_t fresh = winner(std::span(votes).subspan(at, end - at), guess);
    at = end;
    tell(fresh - guess);
    return fresh;
  });
}

}  // namespace

void learn_targets(Pair& pair, ByteView fresh, ExceptionWriter& exceptions) {
  Ballot ballot(pair, fresh);
  pair.targets().resolve(pair.copied(), [](std::size_t, std::uint32_t guess) { return guess; });
  resolve(pair, ballot.votes(false), [](std::uint32_t) {});
  resolve(pair, ballot.votes(true), [&](std::uint32_t difference) {
    exceptions.append(static_cast<std::uint64_t>(
        static_cast<std::int64_t>(static_cast<std::int32_t>(difference))));
  });
}

std::uint32_t mapped(const Pair& pair, std::uint32_t address) {
  if (const auto copied = pair.copied()(address)) {
    const std::optional<std::uint32_t> target = pair.targets().find(address);
    return target.value_or(*copied);
  }
  return pair.targets().nearest(address);
}

}  // namespace interlude::delta
