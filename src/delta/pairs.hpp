#pragma once
// The pairs of a patch: which new files are predicted from which old ones, and everything that
// follows from it and the patch's steps.

#include <map>
#include <memory>

#include "delta/prediction.hpp"
#include "elf/frame_table.hpp"

namespace interlude::delta {

/// What a patch says about one new file.
struct PairInfo {
  std::size_t old_file = 0;
  std::vector<elf::Segment> fresh_segments;    ///< sizes in memory and rights are not kept
  std::optional<elf::FrameTable> frame_table;  ///< of the new file, if it follows from the frames
};
/// One per new file.
using PairInfos = std::vector<std::optional<PairInfo>>;

/// The stream "pairs".
void append_pairs(Bytes& out, const PairInfos& infos, std::span<const ByteView> old);
/// Errors: Corrupt (no such file, no program, segments that cannot be).
Result<PairInfos> read_pairs(ByteReader& in, std::span<const std::uint64_t> sizes,
                             std::span<const ByteView> old);

/// Cuts copies at the ends of files.
class Sides {
 public:
  Sides(std::span<const ByteView> old, std::span<const std::uint64_t> fresh_sizes);
  std::uint64_t old_size() const { return old_ends_.empty() ? 0 : old_ends_.back(); }
  std::uint64_t fresh_size() const { return fresh_ends_.empty() ? 0 : fresh_ends_.back(); }

  struct Cut {
    std::size_t old_file = 0;
    std::size_t fresh_file = 0;
    std::uint64_t old_place = 0;
    std::uint64_t fresh_place = 0;
    std::uint64_t length = 0;

    /// The same for the files of a pair, whose places fit.
    Copy copy() const {
      return {static_cast<std::uint32_t>(old_place), static_cast<std::uint32_t>(fresh_place),
              static_cast<std::uint32_t>(length)};
    }
  };
  /// Calls `visit(cut)` for each stretch of a copy that lies within one old and one new file, in
  /// order, until one fails.
  template <class Visit>
  Status for_each_cut(std::uint64_t old, std::uint64_t fresh, std::uint64_t length,
                      const Visit& visit) const {
    while (length > 0) {
      const Cut next = cut(old, fresh, length);
      if (const Status done = visit(next); !done) return done;
      old += next.length;
      fresh += next.length;
      length -= next.length;
    }
    return {};
  }

 private:
  Cut cut(std::uint64_t old, std::uint64_t fresh, std::uint64_t length) const;

  std::vector<std::uint64_t> old_ends_;
  std::vector<std::uint64_t> fresh_ends_;
};

/// A pair, once all copies are known.
class Pair {
 public:
  Pair(const elf::Image& image, std::span<const elf::Reference> references, const PairInfo& info,
       std::vector<Copy> copies)
      : info_(info),
        references_(references),
        copies_(std::move(copies)),
        copied_(image, info.fresh_segments, copies_),
        targets_(references, copies_) {}

  std::size_t old_file() const { return info_.old_file; }
  std::span<const elf::Segment> fresh_segments() const { return info_.fresh_segments; }
  std::span<const Copy> copies() const { return copies_; }
  const CopyMap& copied() const { return copied_; }
  Targets& targets() { return targets_; }
  const Targets& targets() const { return targets_; }

  /// The references that a copy predicts.
  std::span<const elf::Reference> of(const Copy& copy) const {
    return within(references_, copy.old_place, copy.length);
  }
  /// The field of one of them, where it stands in the new file.
  std::uint64_t field(const elf::Reference& reference, const Copy& copy, ByteView old) const {
    return predicted_field(reference, elf::read_field(old, reference.at, reference.form),
                           copy.fresh_place + (reference.at - copy.old_place), info_.fresh_segments,
                           targets_);
  }

 private:
  PairInfo info_;
  std::span<const elf::Reference> references_;
  std::vector<Copy> copies_;
  CopyMap copied_;
  Targets targets_;
};

/// Images and references of files, each read once.
class Programs {
 public:
  explicit Programs(std::span<const ByteView> files) : files_(files) {}
  struct Program {
    elf::Image image;
    std::vector<elf::Reference> references;
  };
  /// Null where the file is none.
  const Program* of(std::size_t file);

 private:
  std::span<const ByteView> files_;
  std::map<std::size_t, std::unique_ptr<Program>> programs_;
};

/// Sorts the copies of a patch by pair.
class CopyCollector {
 public:
  explicit CopyCollector(const PairInfos& infos) : infos_(infos), copies_(infos.size()) {}
  void add(const Sides::Cut& cut);
  /// For each new file the copies that its pair predicts, in the order they came.
  std::vector<std::vector<Copy>> take() { return std::move(copies_); }

 private:
  const PairInfos& infos_;
  std::vector<std::vector<Copy>> copies_;
};

/// Memory, in bytes, that predicting with these copies takes, those of the collector included: an
/// upper bound. Reads the old programs.
std::uint64_t prediction_memory(Programs& programs, const PairInfos& infos,
                                std::span<const std::vector<Copy>> copies);

/// All pairs, in the order of the new files.
class Pairs {
 public:
  Pairs(Programs& programs, const PairInfos& infos, std::vector<std::vector<Copy>> copies);

  /// The pair that this stretch belongs to; null where it is copied as it is.
  const Pair* of(std::size_t old_file, std::size_t fresh_file) const;
  template <class Visit>
  void for_each(const Visit& visit) {
    for_each_file([&](std::size_t, Pair& pair) { visit(pair); });
  }
  /// The same with the number of the new file.
  template <class Visit>
  void for_each_file(const Visit& visit) {
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      if (pairs_[i] != nullptr) visit(i, *pairs_[i]);
    }
  }

 private:
  std::vector<std::unique_ptr<Pair>> pairs_;  // one per new file
};

}  // namespace interlude::delta
