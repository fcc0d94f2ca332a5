#pragma once
// Prediction: from what was copied where, where every address of an old program went; and from
// that, what the copied code and data say now.
//
// A *pair* is a new ELF file and the old one that it mostly comes from. All that a device needs is
// the old file, the steps of the patch, the new file's segments, and a few exceptions: both sides
// run this very code, and what it gets wrong is sent as corrections.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "elf/reference.hpp"

namespace interlude::delta {

/// A stretch of the old file that stands in the new one, too. Places count within the files.
struct Copy {
  std::uint32_t old_place = 0;
  std::uint32_t fresh_place = 0;
  std::uint32_t length = 0;
};

/// Where copied addresses went.
class CopyMap {
 public:
  /// Of copies that overlap in the old file, the longer one counts.
  CopyMap(const elf::Image& old, std::span<const elf::Segment> fresh, std::vector<Copy> copies);
  std::optional<std::uint32_t> operator()(std::uint32_t address) const;

 private:
  struct Stretch {
    std::uint32_t old_address = 0;
    std::uint32_t fresh_address = 0;
    std::uint32_t length = 0;
  };
  std::vector<Stretch> stretches_;
};

/// All addresses that references in copied stretches name, each once, in their order, and where
/// each went.
///
/// The first guess for an address is where its copy went, the second the distance that the address
/// before it moved. As long as both agree nothing needs to be known; where they differ, the kind of
/// guess that was right last time goes first. `Exception` says what is added to the first guess.
class Targets {
 public:
  Targets(std::span<const elf::Reference> references, std::span<const Copy> copies);

  std::span<const std::uint32_t> old() const { return old_; }

  /// Calls `exception(i, guess)` for each target in order; it returns where that target went.
  template <class Exception>
  void resolve(const CopyMap& copied, const Exception& exception) {
    fresh_.assign(old_.size(), 0);
    std::uint32_t shift = 0;  // modulo 2^32
    bool copies_first = true;
    for (std::size_t i = 0; i < old_.size(); ++i) {
      const std::uint32_t by_shift = old_[i] + shift;
      const std::optional<std::uint32_t> by_copy = copied(old_[i]);
      const std::uint32_t guess = by_copy && copies_first ? *by_copy : by_shift;
      fresh_[i] = exception(i, guess);
      if (by_copy && *by_copy != by_shift) {
        if (fresh_[i] == *by_copy) copies_first = true;
        if (fresh_[i] == by_shift) copies_first = false;
      }
      shift = fresh_[i] - old_[i];
    }
  }

  /// Where a target went; it must be one of them.
  std::uint32_t operator()(std::uint32_t old) const;
  /// The same for any address; nothing where it is none of them.
  std::optional<std::uint32_t> find(std::uint32_t old) const;
  /// Where any address went if it moved as far as the target before it.
  std::uint32_t nearest(std::uint32_t old) const;

 private:
  std::vector<std::uint32_t> old_;
  std::vector<std::uint32_t> fresh_;
};

/// The references whose fields lie within `length` bytes from `place` on.
std::span<const elf::Reference> within(std::span<const elf::Reference> references,
                                       std::uint32_t place, std::uint32_t length);

/// The field of a copied reference as it should stand at `fresh_place`; `old` is the old field.
std::uint64_t predicted_field(const elf::Reference& reference, std::uint64_t old,
                              std::uint32_t fresh_place, std::span<const elf::Segment> fresh,
                              const Targets& targets);

}  // namespace interlude::delta
