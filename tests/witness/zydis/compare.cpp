#include "compare.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "elf/frames.hpp"
#include "elf/reference.hpp"
#include "elf/x86_64.hpp"

namespace interlude::witness {
namespace {

struct Function {
  std::uint32_t first = 0;  ///< addresses of its first and last byte
  std::uint32_t last = 0;
};

/// A relative field, all as places in the file but for the target.
struct Field {
  std::uint32_t at = 0;
  std::uint32_t size = 0;
  std::uint32_t target = 0;
  std::uint32_t instruction = 0;
};

class Comparer {
 public:
  Comparer(const elf::Image& image, const std::string& name) : image_(image), name_(name) {}

  Comparison run() {
    const elf::Frames frames = elf::read_frames(image_);
    for (const elf::Reference& reference : frames.references) {
      if (reference.form != elf::Form::Length32 && reference.form != elf::Form::Length64) continue;
      functions_.push_back({reference.base, reference.target});
    }
    std::ranges::sort(functions_, {}, &Function::first);
    for (const elf::Segment& segment : image_.segments()) {
      if (segment.executable) sweep(segment, frames.functions);
    }
    std::ranges::sort(theirs_, {}, &Field::at);
    std::ranges::sort(our_fields_, {}, &Field::at);
    compare_references(our_references());
    return std::move(result_);
  }

 private:
  void sweep(const elf::Segment& segment, const std::vector<std::uint32_t>& functions) {
    auto function = std::ranges::upper_bound(functions, segment.address);
    const std::uint32_t end = segment.address + segment.size;
    for (std::uint32_t begin = segment.address; begin < end;) {
      const std::uint32_t stop = function == functions.end() ? end : std::min(*function, end);
      sweep(segment.offset + (begin - segment.address), begin, stop - begin);
      begin = stop;
      if (function != functions.end()) ++function;
    }
  }

  /// Both go their own way from here, each one byte on where there is no instruction.
  void sweep(std::uint32_t offset, std::uint32_t address, std::uint32_t size) {
    const ByteView code = image_.file().subspan(offset, size);
    std::uint32_t our_place = 0;
    std::uint32_t their_place = 0;
    while (our_place < size || their_place < size) {
      const std::uint32_t at = std::min(our_place, their_place);
      std::uint32_t our_length = 0;
      std::uint32_t their_length = 0;
      const bool together = our_place == their_place;
      if (our_place == at) {
        const elf::x86_64::Instruction ours = elf::x86_64::decode(code.subspan(at));
        our_length = ours.length;
        if (ours.field_size != 0) {
          our_fields_.push_back({offset + at + ours.field, ours.field_size, 0, offset + at});
        }
        our_place += std::max(our_length, 1U);
      }
      if (their_place == at) {
        const std::optional<Decoder::Instruction> theirs =
            decoder_.decode(code.subspan(at), address + at);
        if (theirs) {
          their_length = theirs->length;
          add_theirs(*theirs, offset + at);
        }
        their_place += std::max(their_length, 1U);
      }
      if (our_length == 0 && their_length == 0) continue;
      Counts& counts = counts_at(address + at);
      ++counts.instructions;
      if (together && our_length == their_length) {
        ++counts.same_length;
      } else if (together) {
        disagree(fmt::format("length: ours {}, Zydis {}", length_text(our_length),
                             length_text(their_length)),
                 offset + at);
      }
    }
  }

  bool is_in_function(std::uint32_t address) const {
    const auto next = std::ranges::upper_bound(functions_, address, {}, &Function::first);
    return next != functions_.begin() && address <= std::prev(next)->last;
  }

  Counts& counts_at(std::uint32_t address) {
    return is_in_function(address) ? result_.in_functions : result_.between;
  }

  Counts& counts_of(const Field& field) { return counts_at(address_of(field.instruction)); }

  std::uint32_t address_of(std::uint32_t place) const {
    return elf::address_of(image_.segments(), place).value_or(0);
  }

  static std::string length_text(std::uint32_t length) {
    return length == 0 ? "none" : std::to_string(length);
  }

  void add_theirs(const Decoder::Instruction& theirs, std::uint32_t at) {
    if (theirs.field_size != 1 && theirs.field_size != 4) return;
    const bool sensible =
        theirs.is_branch ? image_.is_code(theirs.target) : image_.contains(theirs.target);
    if (!sensible) return;
    theirs_.push_back(
        {at + theirs.field, theirs.field_size, static_cast<std::uint32_t>(theirs.target), at});
  }

  /// What the finder says, with the instructions that the sweep found around the fields.
  std::vector<Field> our_references() {
    std::vector<Field> references;
    auto field = our_fields_.begin();
    for (const elf::Reference& reference : elf::find_references(image_)) {
      if (reference.form != elf::Form::Branch8 && reference.form != elf::Form::Relative32) continue;
      while (field != our_fields_.end() && field->at < reference.at) ++field;
      const bool known = field != our_fields_.end() && field->at == reference.at;
      references.push_back({reference.at, elf::field_size(reference.form), reference.target,
                            known ? field->instruction : reference.at});
    }
    return references;
  }

  void compare_references(const std::vector<Field>& ours) {
    for (const Field& field : ours) ++counts_of(field).ours;
    for (const Field& field : theirs_) ++counts_of(field).theirs;
    auto our = ours.begin();
    auto their = theirs_.begin();
    while (our != ours.end() || their != theirs_.end()) {
      if (their == theirs_.end() || (our != ours.end() && our->at < their->at)) {
        only_ours(*our++);
      } else if (our == ours.end() || their->at < our->at) {
        only_theirs(*their++);
      } else {
        if (our->size == their->size && our->target == their->target) {
          ++counts_of(*our).agreeing;
        } else {
          disagree("another size or target", our->instruction);
        }
        ++our;
        ++their;
      }
    }
  }

  void only_ours(const Field& field) {
    const std::optional<Decoder::Instruction> theirs = decoder_.decode(code_at(field), 0);
    const bool would =
        theirs && theirs->field_size == field.size && field.instruction + theirs->field == field.at;
    disagree(would ? "only ours, out of step" : "only ours", field.instruction);
  }

  void only_theirs(const Field& field) {
    const elf::x86_64::Instruction ours = elf::x86_64::decode(code_at(field));
    const bool would = ours.field_size == field.size && field.instruction + ours.field == field.at;
    disagree(would ? "only Zydis', out of step" : "only Zydis'", field.instruction);
  }

  ByteView code_at(const Field& field) const {
    const ByteView rest = image_.file().subspan(field.instruction);
    return rest.first(std::min(rest.size(), elf::x86_64::kLongest));
  }

  /// In functions under this kind, Zydis' name and our opcode.
  void disagree(const std::string& kind, std::uint32_t instruction) {
    const ByteView code = code_at({.instruction = instruction});
    const std::uint32_t address = address_of(instruction);
    std::string key = "between functions: " + kind.substr(0, kind.find(':'));
    if (is_in_function(address)) {
      const elf::x86_64::Instruction ours = elf::x86_64::decode(code);
      const std::string opcode =
          ours.length == 0 ? "no opcode" : fmt::format("map {} {:02x}", ours.map, ours.opcode);
      key = fmt::format("{}: {} ({})", kind, decoder_.mnemonic(code), opcode);
    }
    Group& group = result_.disagreements[key];
    ++group.count;
    if (group.examples.size() >= kMostExamples) return;
    group.examples.push_back(fmt::format("{}: {:x}: {:02x} {}", name_, address,
                                         fmt::join(code, " "), decoder_.text(code, address)));
  }

  const elf::Image& image_;
  const std::string& name_;
  Decoder decoder_;
  std::vector<Function> functions_;
  std::vector<Field> our_fields_;
  std::vector<Field> theirs_;
  Comparison result_;
};

}  // namespace

void Counts::add(const Counts& more) {
  instructions += more.instructions;
  same_length += more.same_length;
  ours += more.ours;
  theirs += more.theirs;
  agreeing += more.agreeing;
}

Counts Comparison::all() const {
  Counts sum = in_functions;
  sum.add(between);
  return sum;
}

void Comparison::add(const Comparison& more) {
  in_functions.add(more.in_functions);
  between.add(more.between);
  for (const auto& [kind, group] : more.disagreements) {
    Group& into = disagreements[kind];
    into.count += group.count;
    for (const std::string& example : group.examples) {
      if (into.examples.size() < kMostExamples) into.examples.push_back(example);
    }
  }
}

Comparison compare(const elf::Image& image, const std::string& name) {
  return Comparer(image, name).run();
}

}  // namespace interlude::witness
