// All finders together: of fields that overlap, the one at the lower place counts; at the same
// place, the one that was found first: unwind information, the loader's tables, code, jump tables.

#include <algorithm>

#include "elf/aarch64.hpp"
#include "elf/frames.hpp"
#include "elf/reference.hpp"
#include "elf/tables.hpp"
#include "elf/x86_64.hpp"

namespace interlude::elf {
namespace {

constexpr std::uint8_t kLea = 0x8d;
constexpr std::uint8_t kPushOperand = 0x68;
/// Jump tables with more entries than this are not tables.
constexpr std::uint32_t kLargestJumpTable = 16384;

class Finder {
 public:
  explicit Finder(const Image& image) : image_(image) {}

  std::vector<Reference> run() {
    Frames frames = read_frames(image_);
    Tables tables = read_tables(image_);
    found_ = std::move(frames.references);
    found_.insert(found_.end(), tables.references.begin(), tables.references.end());
    jump_relocations_ = tables.jump_relocations;
    for (const Range& code : image_.code()) sweep(code, frames.functions);
    find_jump_tables();
    return settled();
  }

 private:
  /// Decodes a stretch of code, beginning anew at each function.
  void sweep(const Range& code, const std::vector<std::uint32_t>& functions) {
    auto function = std::ranges::upper_bound(functions, code.address);
    std::uint32_t begin = code.address;
    const std::uint32_t end = code.address + code.size;
    const std::uint32_t first = *image_.offset_of(begin);
    while (begin < end) {
      const std::uint32_t stop = function == functions.end() ? end : std::min(*function, end);
      const std::uint32_t offset = first + (begin - code.address);
      if (image_.machine() == Machine::X86_64) {
        sweep_x86_64(offset, begin, stop - begin);
      } else if (begin % 4 == 0) {
        aarch64::find(image_, offset, begin, stop - begin, found_);
      }
      begin = stop;
      if (function != functions.end()) ++function;
    }
  }

  void sweep_x86_64(std::uint32_t offset, std::uint32_t address, std::uint32_t size) {
    const ByteView code = image_.file().subspan(offset, size);
    std::uint32_t at = 0;
    while (at < size) {
      const x86_64::Instruction instruction = x86_64::decode(code.subspan(at));
      if (instruction.length == 0) {
        ++at;
        continue;
      }
      add_x86_64(instruction, code.subspan(at), offset + at, address + at);
      at += instruction.length;
    }
  }

  void add_x86_64(const x86_64::Instruction& instruction, ByteView code, std::uint32_t offset,
                  std::uint32_t address) {
    if (instruction.field_size == 1 || instruction.field_size == 4) {
      Reference reference{.at = offset + instruction.field,
                          .form = instruction.field_size == 1 ? Form::Branch8 : Form::Relative32};
      reference.extra = static_cast<std::uint8_t>(instruction.length - instruction.field -
                                                  instruction.field_size);
      const std::uint64_t value = read_field(image_.file(), reference.at, reference.form);
      const std::optional<std::uint32_t> target =
          decode(reference, value, address + instruction.field, 0);
      const bool sensible =
          target && (instruction.is_branch ? image_.is_code(*target) : image_.contains(*target));
      if (!sensible) return;
      reference.target = *target;
      found_.push_back(reference);
      if (instruction.map == 0 && instruction.opcode == kLea) {
        leas_.push_back(*target);
      }
      return;
    }
    if (instruction.absolute == 0) return;
    const std::uint32_t at = offset + instruction.absolute;
    const std::uint32_t value = u32_at(code, instruction.absolute);
    if (instruction.map == 0 && instruction.opcode == kPushOperand && jump_relocations_ != 0 &&
        follows_plt_jump(offset)) {
      found_.push_back({.at = at,
                        .target = jump_relocations_ + value * kRelocationSize,
                        .base = jump_relocations_,
                        .form = Form::Index32,
                        .extra = kRelocationSize});
    } else if (image_.fixed() && image_.contains(value)) {
      found_.push_back({.at = at, .target = value, .form = Form::Absolute32});
    }
  }

  /// A procedure linkage table entry: jmp *slot(%rip); push $number; jmp first entry.
  bool follows_plt_jump(std::uint32_t offset) const {
    const ByteView file = image_.file();
    return offset >= 6 && file.size() - offset >= 10 && file[offset - 6] == 0xff &&
           file[offset - 5] == 0x25 && file[offset + 5] == 0xe9 &&
           u32_at(file, offset + 1) < kLargestAddress / kRelocationSize / 2;
  }

  /// Tables of 32-bit distances from their own beginning to code. One ends where the next thing
  /// that code refers to begins.
  void find_jump_tables() {
    std::ranges::sort(leas_);
    const auto repeated = std::ranges::unique(leas_);
    leas_.erase(repeated.begin(), repeated.end());
    for (std::size_t i = 0; i < leas_.size(); ++i) {
      const std::uint32_t table = leas_[i];
      const std::optional<std::uint32_t> offset = image_.offset_of(table);
      if (!offset || table % 4 != 0 || image_.is_code(table)) continue;
      std::uint64_t most = kLargestJumpTable;
      if (i + 1 < leas_.size()) most = std::min<std::uint64_t>(most, (leas_[i + 1] - table) / 4);
      const ByteView bytes = image_.at(table, most * 4);
      for (std::uint32_t at = 0; bytes.size() - at >= 4; at += 4) {
        Reference entry{.at = *offset + at, .base = table, .form = Form::Base32};
        const std::optional<std::uint32_t> target = decode(entry, u32_at(bytes, at), 0, table);
        if (!target || !image_.is_code(*target)) break;
        entry.target = *target;
        found_.push_back(entry);
      }
    }
  }

  /// In order, without overlaps.
  std::vector<Reference> settled() {
    std::ranges::stable_sort(found_, {}, &Reference::at);
    std::vector<Reference> kept;
    kept.reserve(found_.size());
    std::uint64_t end = 0;
    for (const Reference& reference : found_) {
      if (reference.at < end) continue;
      if (reference.at + std::uint64_t{field_size(reference.form)} > image_.file().size()) continue;
      kept.push_back(reference);
      end = reference.at + field_size(reference.form);
    }
    return kept;
  }

  const Image& image_;
  std::uint32_t jump_relocations_ = 0;
  std::vector<Reference> found_;
  std::vector<std::uint32_t> leas_;  // what lea instructions name
};

}  // namespace

std::vector<Reference> find_references(const Image& image) {
  return Finder(image).run();
}

}  // namespace interlude::elf
