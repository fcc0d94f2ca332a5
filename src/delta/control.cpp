#include "delta/control.hpp"

#include <bit>

namespace interlude::delta {

std::unexpected<Error> corrupt(const char* problem) {
  return fail(ErrorKind::Corrupt, std::string("patch: ") + problem);
}

void ExceptionReader::advance() {
  pending_ = false;
  if (gaps_.left() == 0) {
    status_ = values_.finish();
    return;
  }
  const Result<std::uint64_t> gap = gaps_.varint();
  const Result<std::uint64_t> value = values_.varint();
  if (!gap) {
    status_ = std::unexpected(gap.error());
  } else if (!value) {
    status_ = std::unexpected(value.error());
  } else if (*value == 0) {
    status_ = corrupt("an exception that changes nothing");
  } else {
    pending_ = true;
    left_ = *gap;
    value_ = unzigzag(*value);
  }
}

void ExceptionReader::skip(std::uint64_t count) {
  while (pending_ && count > 0) {
    if (left_ >= count) {
      left_ -= count;
      return;
    }
    count -= left_ + 1;
    advance();
  }
}

Status ExceptionReader::finish() const {
  if (!status_) return status_;
  if (pending_) return corrupt("an exception for more than there is");
  return {};
}

StepReader::StepReader(const Control& control, std::uint64_t old_size, std::uint64_t fresh_size)
    : moves_(control.moves, "patch: moves"),
      lines_(control.lines, "patch: lines"),
      copies_(control.copies, "patch: copies"),
      inserts_(control.inserts, "patch: insertions"),
      old_size_(old_size),
      fresh_left_(fresh_size) {}

Result<std::optional<Step>> StepReader::next() {
  if (fresh_left_ == 0 || moves_.left() == 0) return last_step();
  const Result<std::uint64_t> move = moves_.varint();
  if (!move) return std::unexpected(move.error());
  const Result<std::uint64_t> copy = copies_.varint();
  if (!copy) return std::unexpected(copy.error());
  const Result<std::uint64_t> line = next_line();
  if (!line) return std::unexpected(line.error());
  Step step{.old_position = following_(*line, fresh_position_) + unzigzag(*move), .copy = *copy};
  if (*line == 0 && *move == 0 && *copy == fresh_left_) {
    return corrupt("the last step goes without saying");
  }
  if (const Status valid = check_copy(step); !valid) return std::unexpected(valid.error());
  following_.follow(*line, step.old_position, fresh_position_);
  fresh_left_ -= step.copy;
  if (fresh_left_ > 0) {
    const Result<std::uint64_t> insert = inserts_.varint();
    if (!insert) return std::unexpected(insert.error());
    step.insert = *insert;
    if (step.insert > fresh_left_) return corrupt("an insertion leaves the new files");
    fresh_left_ -= step.insert;
  }
  if (step.copy == 0 && step.insert == 0) return corrupt("a step makes nothing");
  fresh_position_ += step.copy + step.insert;
  return step;
}

Result<std::uint64_t> StepReader::next_line() {
  if (lines_.left() == 0) return 0;
  const Result<std::uint64_t> line = lines_.varint();
  if (line && *line >= Lines::kCount) return corrupt("a line that there is not");
  return line;
}

Result<std::optional<Step>> StepReader::last_step() {
  for (const ByteReader* numbers : {&moves_, &lines_, &copies_, &inserts_}) {
    if (const Status ended = numbers->finish(); !ended) return std::unexpected(ended.error());
  }
  if (fresh_left_ == 0) return std::nullopt;
  const Step step{.old_position = following_(0, fresh_position_), .copy = fresh_left_};
  if (const Status valid = check_copy(step); !valid) return std::unexpected(valid.error());
  fresh_left_ = 0;
  return step;
}

Status StepReader::check_copy(const Step& step) const {
  if (step.old_position > old_size_ || step.copy > old_size_ - step.old_position) {
    return corrupt("a reference leaves the old files");
  }
  if (step.copy > fresh_left_) return corrupt("a copy leaves the new files");
  return {};
}

RunReader::RunReader(const Control& control, std::uint64_t copied)
    : gaps_(control.gaps, "patch: gaps"), runs_(control.runs, "patch: runs"), left_(copied) {}

Result<std::optional<Run>> RunReader::next() {
  if (gaps_.left() == 0) {
    if (const Status ended = runs_.finish(); !ended) return std::unexpected(ended.error());
    return std::nullopt;
  }
  const Result<std::uint64_t> gap = gaps_.varint();
  if (!gap) return std::unexpected(gap.error());
  const Result<std::uint64_t> length = runs_.varint();
  if (!length) return std::unexpected(length.error());
  if (*gap > left_ || *length > left_ - *gap) return corrupt("a difference leaves what was copied");
  if (*length == 0) return corrupt("a run of differences is empty");
  left_ -= *gap + *length;
  return Run{*gap, *length};
}

namespace {

std::size_t varint_size(std::uint64_t number) {
  return (static_cast<std::size_t>(std::bit_width(number | 1U)) + 6) / 7;
}

}  // namespace

std::size_t StepWriter::best_line(std::uint64_t old_position) const {
  std::size_t best = 0;
  std::size_t best_size = ~std::size_t{0};
  for (std::size_t line = 0; line < usable_; ++line) {
    const std::uint64_t move = zigzag(old_position - following_(line, fresh_position_));
    if (varint_size(move) < best_size) {
      best = line;
      best_size = varint_size(move);
    }
  }
  return best;
}

void StepWriter::append(const Step& step) {
  if (step.old_position == following_(0, fresh_position_) && step.copy == fresh_left_) return;
  const std::size_t line = best_line(step.old_position);
  append_varint(control_.moves, zigzag(step.old_position - following_(line, fresh_position_)));
  if (line == 0) {
    ++unwritten_;
  } else {
    control_.lines.insert(control_.lines.end(), unwritten_, 0);
    append_varint(control_.lines, line);
    unwritten_ = 0;
  }
  following_.follow(line, step.old_position, fresh_position_);
  append_varint(control_.copies, step.copy);
  fresh_left_ -= step.copy;
  if (fresh_left_ > 0) append_varint(control_.inserts, step.insert);
  fresh_left_ -= step.insert;
  fresh_position_ += step.copy + step.insert;
}

}  // namespace interlude::delta
