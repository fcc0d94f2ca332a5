#pragma once
// What a differences patch says, apart from content: which stretch of the old files comes next,
// where in it bytes differ, and how many new bytes follow.
//
// The old files stand one after the other, as if they were one (*the old side*), and so do the new
// ones. A step is: move on the old side, copy a stretch, add the differences to it, then insert
// bytes that are new. Differences are sparse: a gap of equal bytes, then a run of differences, over
// all copied stretches as if they, too, were one; after the last run nothing differs.

#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace interlude::delta {

/// The upper half of a patch's first byte. A reader of version n reads 1 … n.
inline constexpr std::uint8_t kFormatVersion = 1;

/// How the new files were made; the lower half of a patch's first byte.
enum class Method : std::uint8_t {
  Whole = 0,        ///< one packed stream, the old files are not used
  Differences = 1,  ///< steps over the old files
};

/// The old side and the new side are each at most this long (1 TiB): sums of lengths cannot
/// overflow.
inline constexpr std::uint64_t kLargestSide = 1ULL << 40U;

inline constexpr unsigned kMethodBits = 4;

/// A copy and an insertion. At least one of the two lengths is not 0. What is left of the new side
/// after the last step continues where that step ended, so that an unchanged file needs none.
struct Step {
  std::uint64_t old_position = 0;
  std::uint64_t copy = 0;
  std::uint64_t insert = 0;
};

/// The unpacked control streams of a differences patch: LEB128 numbers, one stream a kind, because
/// numbers of a kind resemble each other.
struct Control {
  Bytes moves;    ///< signed (zigzag): where the stretch begins, relative to where the last one
                  ///< would have gone on, had the inserted bytes replaced as many old ones
  Bytes copies;   ///< lengths
  Bytes inserts;  ///< lengths; none after the copy that completes the new side
  Bytes gaps;     ///< equal bytes before each run
  Bytes runs;     ///< lengths of the runs of differences
};

/// Reads steps, checking each: within the old side, within the new side, no number left at the end.
class StepReader {
 public:
  StepReader(const Control& control, std::uint64_t old_size, std::uint64_t fresh_size);
  /// The next step; nothing once the new side is complete. Errors: Corrupt.
  Result<std::optional<Step>> next();

 private:
  Result<std::optional<Step>> last_step();
  Status check_copy(const Step& step) const;

  ByteReader moves_;
  ByteReader copies_;
  ByteReader inserts_;
  std::uint64_t old_size_;
  std::uint64_t fresh_left_;
  std::uint64_t expected_ = 0;  // modulo 2^64: insertions can lead past the end
};

/// A run of differences after a gap.
struct Run {
  std::uint64_t gap = 0;
  std::uint64_t length = 0;
};

/// Reads runs; the same promises.
class RunReader {
 public:
  RunReader(const Control& control, std::uint64_t copied);
  Result<std::optional<Run>> next();

 private:
  ByteReader gaps_;
  ByteReader runs_;
  std::uint64_t left_;
};

/// Appends steps to a Control, the mirror of StepReader.
class StepWriter {
 public:
  StepWriter(Control& control, std::uint64_t fresh_size)
      : control_(control), fresh_left_(fresh_size) {}
  void append(const Step& step);

 private:
  Control& control_;
  std::uint64_t fresh_left_;
  std::uint64_t expected_ = 0;
};

}  // namespace interlude::delta
