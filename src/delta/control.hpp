#pragma once
// What a differences patch says, apart from content: which stretch of the old files comes next,
// where in it bytes differ, and how many new bytes follow.
//
// The old files stand one after the other, as if they were one (*the old side*), and so do the new
// ones. A step is: move on the old side, copy a stretch, add the differences to it, then insert
// bytes that are new. Differences are sparse: a gap of equal bytes, then a run of differences, over
// all copied stretches as if they, too, were one; after the last run nothing differs.

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace interlude::delta {

/// The upper half of a patch's first byte. A reader of version n reads 1 … n.
inline constexpr std::uint8_t kFormatVersion = 2;

/// How the new files were made; the lower half of a patch's first byte.
enum class Method : std::uint8_t {
  Whole = 0,        ///< one packed stream, the old files are not used
  Differences = 1,  ///< steps over the old files
  Predicted = 2,    ///< the same, with references in copied code computed anew; since version 2
};

/// The old side and the new side are each at most this long (1 TiB): sums of lengths cannot
/// overflow.
inline constexpr std::uint64_t kLargestSide = 1ULL << 40U;

inline constexpr unsigned kMethodBits = 4;

/// The error of a patch that says what cannot be.
std::unexpected<Error> corrupt(const char* problem);

/// Signed numbers as unsigned ones, small ones small; modulo 2^64.
constexpr std::uint64_t zigzag(std::uint64_t difference) {
  return (difference << 1U) ^ (0 - (difference >> 63U));
}
constexpr std::uint64_t unzigzag(std::uint64_t number) {
  return (number >> 1U) ^ (0 - (number & 1U));
}

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
  Bytes moves;    ///< signed (zigzag): where the stretch begins, relative to where a line leads
  Bytes lines;    ///< which line; those missing at the end are 0
  Bytes copies;   ///< lengths
  Bytes inserts;  ///< lengths; none after the copy that completes the new side
  Bytes gaps;     ///< equal bytes before each run
  Bytes runs;     ///< lengths of the runs of differences
};

/// A *line* is where one of the last copies would go on, had inserted bytes replaced as many old
/// ones: code that came from elsewhere is mostly followed by code from where one was before.
class Lines {
 public:
  static constexpr std::size_t kCount = 8;

  /// Where a line leads on the old side, modulo 2^64; line 0 is that of the last copy.
  std::uint64_t operator()(std::size_t line, std::uint64_t fresh_position) const {
    return fresh_position + shifts_[line];
  }
  /// A copy begins there, `line` being where it was looked for: that line or a new one becomes the
  /// first, and what was before it steps back.
  void follow(std::size_t line, std::uint64_t old_position, std::uint64_t fresh_position) {
    const std::uint64_t shift = old_position - fresh_position;
    if (shifts_[line] != shift) line = kCount - 1;
    for (; line > 0; --line) shifts_[line] = shifts_[line - 1];
    shifts_[0] = shift;
  }

 private:
  std::array<std::uint64_t, kCount> shifts_{};  // old − new position
};

/// The unpacked streams that only predicted patches have.
struct Predictions {
  Bytes pairs;            ///< see pairs.hpp
  Bytes target_gaps;      ///< targets guessed right before each exception
  Bytes target_shifts;    ///< signed: what to add to the guess
  Bytes correction_gaps;  ///< fields predicted right before each correction
  Bytes corrections;      ///< signed: what to add to the field
};

/// Reads exceptions in a long sequence of things that mostly need none.
class ExceptionReader {
 public:
  ExceptionReader(ByteView gaps, ByteView values, std::string_view what)
      : gaps_(gaps, what), values_(values, what) {
    advance();
  }
  /// What to add for the next thing; mostly 0. Once a number is malformed all are 0.
  std::uint64_t next() {
    if (!pending_) return 0;
    if (left_ > 0) {
      --left_;
      return 0;
    }
    const std::uint64_t value = value_;
    advance();
    return value;
  }
  void skip(std::uint64_t count);
  /// Corrupt if a number was malformed or an exception comes after the last thing.
  Status finish() const;

 private:
  void advance();

  ByteReader gaps_;
  ByteReader values_;
  Status status_;
  bool pending_ = false;
  std::uint64_t left_ = 0;
  std::uint64_t value_ = 0;
};

/// The mirror of ExceptionReader.
class ExceptionWriter {
 public:
  ExceptionWriter(Bytes& gaps, Bytes& values) : gaps_(gaps), values_(values) {}
  void append(std::uint64_t value) {
    if (value == 0) {
      ++gap_;
      return;
    }
    append_varint(gaps_, gap_);
    append_varint(values_, zigzag(value));
    gap_ = 0;
  }

 private:
  Bytes& gaps_;
  Bytes& values_;
  std::uint64_t gap_ = 0;
};

/// Reads steps, checking each: within the old side, within the new side, no number left at the end.
class StepReader {
 public:
  StepReader(const Control& control, std::uint64_t old_size, std::uint64_t fresh_size);
  /// The next step; nothing once the new side is complete. Errors: Corrupt.
  Result<std::optional<Step>> next();

 private:
  Result<std::optional<Step>> last_step();
  Result<std::uint64_t> next_line();
  Status check_copy(const Step& step) const;

  ByteReader moves_;
  ByteReader lines_;
  ByteReader copies_;
  ByteReader inserts_;
  std::uint64_t old_size_;
  std::uint64_t fresh_left_;
  std::uint64_t fresh_position_ = 0;
  Lines following_;
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
  /// `lines`: how many lines may be used; 1 for methods without the stream.
  StepWriter(Control& control, std::uint64_t fresh_size, std::size_t lines)
      : control_(control), fresh_left_(fresh_size), usable_(lines) {}
  void append(const Step& step);

 private:
  std::size_t best_line(std::uint64_t old_position) const;

  Control& control_;
  std::uint64_t fresh_left_;
  std::size_t usable_;
  std::uint64_t fresh_position_ = 0;
  std::size_t unwritten_ = 0;  // zeros: steps along line 0 since the last other one
  Lines following_;
};

}  // namespace interlude::delta
