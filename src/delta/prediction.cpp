#include "delta/prediction.hpp"

#include <algorithm>

namespace interlude::delta {

CopyMap::CopyMap(const elf::Image& old, std::span<const elf::Segment> fresh,
                 std::vector<Copy> copies) {
  std::ranges::stable_sort(copies, {}, &Copy::old_place);
  std::vector<Copy> kept;
  for (Copy copy : copies) {
    if (!kept.empty()) {
      Copy& last = kept.back();
      const std::uint32_t end = last.old_place + last.length;
      if (copy.old_place < end) {
        if (copy.length > last.length) {
          last.length = copy.old_place - last.old_place;
          if (last.length == 0) kept.pop_back();
        } else {
          const std::uint32_t overlap = std::min(end - copy.old_place, copy.length);
          copy.old_place += overlap;
          copy.fresh_place += overlap;
          copy.length -= overlap;
        }
      }
    }
    if (copy.length > 0) kept.push_back(copy);
  }
  // A copy can lead from one segment into the next.
  for (const Copy& copy : kept) {
    for (const elf::Segment& segment : old.segments()) {
      const std::uint64_t begin = std::max(copy.old_place, segment.offset);
      const std::uint64_t end =
          std::min<std::uint64_t>(std::uint64_t{copy.old_place} + copy.length,
                                  std::uint64_t{segment.offset} + segment.size);
      if (begin >= end) continue;
      const std::uint64_t fresh_begin = copy.fresh_place + (begin - copy.old_place);
      const std::optional<std::uint32_t> fresh_address = elf::address_of(fresh, fresh_begin);
      if (!fresh_address) continue;
      stretches_.push_back({static_cast<std::uint32_t>(segment.address + (begin - segment.offset)),
                            *fresh_address, static_cast<std::uint32_t>(end - begin)});
    }
  }
  std::ranges::stable_sort(stretches_, {}, &Stretch::old_address);
}

std::optional<std::uint32_t> CopyMap::operator()(std::uint32_t address) const {
  const auto next = std::ranges::upper_bound(stretches_, address, {}, &Stretch::old_address);
  if (next == stretches_.begin()) return std::nullopt;
  const Stretch& stretch = *(next - 1);
  if (address - stretch.old_address >= stretch.length) return std::nullopt;
  return stretch.fresh_address + (address - stretch.old_address);
}

std::span<const elf::Reference> within(std::span<const elf::Reference> references,
                                       std::uint32_t place, std::uint32_t length) {
  const auto begin = std::ranges::lower_bound(references, place, {}, &elf::Reference::at);
  const auto end =
      std::ranges::partition_point(begin, references.end(), [&](const elf::Reference& reference) {
        return reference.at + std::uint64_t{field_size(reference.form)} <=
               std::uint64_t{place} + length;
      });
  return {begin, end};
}

Targets::Targets(std::span<const elf::Reference> references, std::span<const Copy> copies) {
  for (const Copy& copy : copies) {
    for (const elf::Reference& reference : within(references, copy.old_place, copy.length)) {
      old_.push_back(reference.target);
      if (has_base(reference.form)) old_.push_back(reference.base);
    }
  }
  std::ranges::sort(old_);
  const auto repeated = std::ranges::unique(old_);
  old_.erase(repeated.begin(), repeated.end());
}

std::uint32_t Targets::operator()(std::uint32_t old) const {
  const auto found = std::ranges::lower_bound(old_, old);
  return fresh_[static_cast<std::size_t>(found - old_.begin())];
}

std::optional<std::uint32_t> Targets::find(std::uint32_t old) const {
  const auto found = std::ranges::lower_bound(old_, old);
  if (found == old_.end() || *found != old) return std::nullopt;
  return fresh_[static_cast<std::size_t>(found - old_.begin())];
}

std::uint32_t Targets::nearest(std::uint32_t old) const {
  const auto next = std::ranges::upper_bound(old_, old);
  if (next == old_.begin()) return old;
  const auto before = static_cast<std::size_t>(next - old_.begin()) - 1;
  return old + (fresh_[before] - old_[before]);
}

std::uint64_t predicted_field(const elf::Reference& reference, std::uint64_t old,
                              std::uint32_t fresh_place, std::span<const elf::Segment> fresh,
                              const Targets& targets) {
  const std::optional<std::uint32_t> own = elf::address_of(fresh, fresh_place);
  const std::uint32_t target = targets(reference.target);
  const std::uint32_t base = has_base(reference.form) ? targets(reference.base) : 0;
  std::uint32_t place = 0;
  if (reference.form == elf::Form::Offset64) {
    const std::optional<std::uint32_t> found = elf::offset_of(fresh, target);
    if (!found) return old;
    place = *found;
  }
  return encode(reference, old, own.value_or(0), target, base, place);
}

}  // namespace interlude::delta
