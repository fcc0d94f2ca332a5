#include "elf/tables.hpp"

#include <algorithm>
#include <array>

namespace interlude::elf {
namespace {

constexpr std::uint8_t kSymbolSize = 24;
constexpr std::uint32_t kNothingInFile = 8;  // SHT_NOBITS

/// Tags of the dynamic section.
enum : std::uint64_t {
  kNeeded = 1,
  kJumpRelocationsSize = 2,
  kGotPlt = 3,
  kHash = 4,
  kStrings = 5,
  kSymbols = 6,
  kRelocations = 7,
  kRelocationsSize = 8,
  kStringsSize = 10,
  kInit = 12,
  kFini = 13,
  kName = 14,
  kJumpRelocations = 23,
  kInitArray = 25,
  kFiniArray = 26,
  kInitArraySize = 27,
  kFiniArraySize = 28,
  kRunPath = 29,
  kRelrSize = 35,
  kRelr = 36,
  kGnuHash = 0x6ffffef5,
  kVersionSymbols = 0x6ffffff0,
  kVersionDefinitions = 0x6ffffffc,
  kVersionNeeds = 0x6ffffffe,
};
constexpr std::size_t kSmallTags = 37;

struct RelocationTypes {
  std::uint32_t relative = 0;
  std::uint32_t indirect_relative = 0;
  std::uint32_t jump_slot = 0;
};
constexpr RelocationTypes kX86Types{8, 37, 7};
constexpr RelocationTypes kAarch64Types{1027, 1032, 1026};

class TableReader {
 public:
  explicit TableReader(const Image& image)
      : image_(image), types_(image.machine() == Machine::X86_64 ? kX86Types : kAarch64Types) {}

  Tables run() {
    read_headers();
    read_dynamic();
    read_symbols();
    read_gnu_hash();
    read_relocations(small_[kRelocations], small_[kRelocationsSize]);
    read_relocations(small_[kJumpRelocations], small_[kJumpRelocationsSize]);
    read_relr();
    if (image_.offset_of(small_[kJumpRelocations])) {
      found_.jump_relocations = static_cast<std::uint32_t>(small_[kJumpRelocations]);
    }
    return std::move(found_);
  }

 private:
  void add(std::uint32_t at, std::uint64_t target, Form form, std::uint64_t base = 0,
           std::uint8_t extra = 0) {
    found_.references.push_back({.at = at,
                                 .target = static_cast<std::uint32_t>(target),
                                 .base = static_cast<std::uint32_t>(base),
                                 .form = form,
                                 .extra = extra});
  }

  /// A field with an address, or with how long the thing at an address is.
  void add_address(std::uint32_t at, std::uint64_t target) {
    if (target != 0 && image_.contains(target)) add(at, target, Form::Absolute64);
  }
  void add_length(std::uint32_t at, std::uint64_t begin, std::uint64_t length) {
    if (length == 0 || length >= kLargestAddress || !image_.contains(begin)) return;
    if (image_.contains(begin + length)) add(at, begin + length - 1, Form::Length64, begin);
  }

  void read_headers() {
    const ByteView file = image_.file();
    for (std::uint32_t i = 0; i < image_.program_header_count(); ++i) {
      const std::uint32_t at = image_.program_headers() + i * kProgramHeaderSize;
      const std::uint64_t address = u64_at(file, at + 16);
      if (address == 0 || !image_.offset_of(address)) continue;
      add(at + 8, address, Form::Offset64);
      add(at + 16, address, Form::Absolute64);
      if (u64_at(file, at + 24) == address) add(at + 24, address, Form::Absolute64);
      add_length(at + 32, address, u64_at(file, at + 32));
      add_length(at + 40, address, u64_at(file, at + 40));
    }
    add_address(24, u64_at(file, 24));  // entry point
    const std::uint64_t sections = u64_at(file, 40);
    const std::uint16_t count = u16_at(file, 60);
    if (u16_at(file, 58) != kSectionHeaderSize || sections > file.size()) return;
    if (count * std::uint64_t{kSectionHeaderSize} > file.size() - sections) return;
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::uint32_t>(sections + i * kSectionHeaderSize);
      const std::uint64_t address = u64_at(file, at + 16);
      if (address == 0 || !image_.contains(address)) continue;
      add(at + 16, address, Form::Absolute64);
      const bool in_file = u32_at(file, at + 4) != kNothingInFile;
      if (in_file && image_.offset_of(address) == u64_at(file, at + 24)) {
        add(at + 24, address, Form::Offset64);
      }
      add_length(at + 32, address, u64_at(file, at + 32));
    }
  }

  void read_dynamic() {
    if (!image_.dynamic()) return;
    const std::uint32_t address = image_.dynamic()->address;
    const std::optional<std::uint32_t> offset = image_.offset_of(address);
    if (!offset) return;
    const ByteView table = image_.at(address, image_.dynamic()->size);
    for (std::size_t at = 0; table.size() - at >= 16; at += 16) {
      const std::uint64_t tag = u64_at(table, at);
      if (tag == 0) break;
      const std::uint64_t value = u64_at(table, at + 8);
      if (tag < kSmallTags) small_[tag] = value;
      if (tag == kGnuHash) gnu_hash_ = value;
    }
    for (std::size_t at = 0; table.size() - at >= 16; at += 16) {
      const std::uint64_t tag = u64_at(table, at);
      if (tag == 0) break;
      add_dynamic(static_cast<std::uint32_t>(*offset + at + 8), tag, u64_at(table, at + 8));
    }
  }

  void add_dynamic(std::uint32_t at, std::uint64_t tag, std::uint64_t value) {
    switch (tag) {
      case kGotPlt:
      case kHash:
      case kStrings:
      case kSymbols:
      case kRelocations:
      case kInit:
      case kFini:
      case kJumpRelocations:
      case kInitArray:
      case kFiniArray:
      case kRelr:
      case kGnuHash:
      case kVersionSymbols:
      case kVersionDefinitions:
      case kVersionNeeds:
        add_address(at, value);
        break;
      case kJumpRelocationsSize:
        add_length(at, small_[kJumpRelocations], value);
        break;
      case kRelocationsSize:
        add_length(at, small_[kRelocations], value);
        break;
      case kRelrSize:
        add_length(at, small_[kRelr], value);
        break;
      case kStringsSize:
        add_length(at, small_[kStrings], value);
        break;
      case kInitArraySize:
        add_length(at, small_[kInitArray], value);
        break;
      case kFiniArraySize:
        add_length(at, small_[kFiniArray], value);
        break;
      case kNeeded:
      case kName:
      case kRunPath:
        if (image_.contains(small_[kStrings]) && value < small_[kStringsSize]) {
          add(at, small_[kStrings] + value, Form::Base64, small_[kStrings]);
        }
        break;
      default:
        break;
    }
  }

  /// Symbols end where the strings begin: so all linkers lay them out.
  void read_symbols() {
    const std::uint64_t symbols = small_[kSymbols];
    const std::uint64_t strings = small_[kStrings];
    const std::optional<std::uint32_t> offset = image_.offset_of(symbols);
    if (!offset || strings <= symbols || !image_.offset_of(strings)) return;
    const ByteView table = image_.at(symbols, strings - symbols);
    for (std::size_t at = 0; table.size() - at >= kSymbolSize; at += kSymbolSize) {
      const auto place = static_cast<std::uint32_t>(*offset + at);
      const std::uint32_t name = u32_at(table, at);
      const std::uint64_t value = u64_at(table, at + 8);
      const bool here = u16_at(table, at + 6) != 0 && value != 0 && image_.contains(value);
      if (name != 0 && name < small_[kStringsSize]) {
        add(place, strings + name, Form::Base32, strings);
        found_.symbols.push_back({static_cast<std::uint32_t>(symbols + at),
                                  static_cast<std::uint32_t>(here ? value : 0),
                                  static_cast<std::uint32_t>(strings + name)});
      }
      if (!here) continue;
      add(place + 8, value, Form::Absolute64);
      add_length(place + 16, value, u64_at(table, at + 16));
    }
  }

  void read_gnu_hash() {
    const std::optional<std::uint32_t> offset = image_.offset_of(gnu_hash_);
    const std::uint64_t symbols = small_[kSymbols];
    const ByteView table = image_.at(gnu_hash_, kLargestAddress);
    if (!offset || table.size() < 16 || !image_.offset_of(symbols)) return;
    const std::uint64_t buckets = u32_at(table, 0);
    const std::uint64_t begin = 16 + u32_at(table, 8) * std::uint64_t{8};
    for (std::uint64_t i = 0; i < buckets && begin + i * 4 + 4 <= table.size(); ++i) {
      const std::uint64_t at = begin + i * 4;
      const std::uint64_t target = symbols + u32_at(table, at) * std::uint64_t{kSymbolSize};
      if (target == symbols || target >= kLargestAddress) continue;
      add(static_cast<std::uint32_t>(*offset + at), target, Form::Index32, symbols, kSymbolSize);
    }
  }

  void read_relocations(std::uint64_t address, std::uint64_t size) {
    const std::optional<std::uint32_t> offset = image_.offset_of(address);
    if (!offset) return;
    const ByteView table = image_.at(address, size);
    for (std::size_t at = 0; table.size() - at >= kRelocationSize; at += kRelocationSize) {
      const auto place = static_cast<std::uint32_t>(*offset + at);
      const std::uint64_t where = u64_at(table, at);
      const std::uint32_t type = u32_at(table, at + 8);
      const std::uint32_t symbol = u32_at(table, at + 12);
      const std::uint64_t addend = u64_at(table, at + 16);
      if (where != 0 && image_.contains(where)) add(place, where, Form::Place64);
      if (symbol != 0 && image_.contains(small_[kSymbols])) {
        const std::uint64_t target = small_[kSymbols] + std::uint64_t{symbol} * kSymbolSize;
        if (target < kLargestAddress) {
          add(place + 12, target, Form::Index32, small_[kSymbols], kSymbolSize);
          if (where < kLargestAddress) {
            found_.slots.push_back(
                {static_cast<std::uint32_t>(where), static_cast<std::uint32_t>(target)});
          }
        }
      }
      if (type == types_.relative || type == types_.indirect_relative) {
        add_address(place + 16, addend);
        add_in_place(where, addend);
      } else if (type == types_.jump_slot) {
        add_in_place(where, std::nullopt);
      }
    }
  }

  /// The word that a relocation will overwrite, if it holds an address (`expected`, where given).
  void add_in_place(std::uint64_t address, std::optional<std::uint64_t> expected) {
    const std::optional<std::uint32_t> offset = image_.offset_of(address);
    const ByteView word = image_.at(address, 8);
    if (!offset || word.size() < 8) return;
    const std::uint64_t value = u64_at(word, 0);
    if (!expected || *expected == value) add_address(*offset, value);
  }

  void read_relr() {
    const std::optional<std::uint32_t> offset = image_.offset_of(small_[kRelr]);
    if (!offset) return;
    const ByteView table = image_.at(small_[kRelr], small_[kRelrSize]);
    std::uint64_t next = 0;
    for (std::size_t at = 0; table.size() - at >= 8; at += 8) {
      const std::uint64_t entry = u64_at(table, at);
      if ((entry & 1U) == 0) {
        add_address(static_cast<std::uint32_t>(*offset + at), entry);
        add_in_place(entry, std::nullopt);
        next = entry + 8;
        continue;
      }
      for (unsigned bit = 1; bit < 64; ++bit) {
        if ((entry >> bit & 1U) != 0)
          add_in_place(next + (bit - 1) * std::uint64_t{8}, std::nullopt);
      }
      next += 63 * std::uint64_t{8};
    }
  }

  const Image& image_;
  RelocationTypes types_;
  Tables found_;
  std::array<std::uint64_t, kSmallTags> small_{};
  std::uint64_t gnu_hash_ = 0;
};

}  // namespace

Tables read_tables(const Image& image) {
  return TableReader(image).run();
}

}  // namespace interlude::elf
