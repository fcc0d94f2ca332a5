#include "elf/image.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace interlude::elf {
namespace {

constexpr std::string_view kMagic{"\177ELF\2\1\1", 7};  // ELF64, little-endian, version 1
constexpr std::size_t kHeaderSize = 64;
constexpr std::uint16_t kExecutable = 2;
constexpr std::uint16_t kShared = 3;
constexpr std::uint16_t kX86_64 = 62;
constexpr std::uint16_t kAarch64 = 183;
constexpr std::uint32_t kLoad = 1;
constexpr std::uint32_t kDynamic = 2;
constexpr std::uint32_t kFrameHeader = 0x6474e550;
constexpr std::uint32_t kExecute = 1;
constexpr std::uint32_t kContent = 1;           // SHT_PROGBITS
constexpr std::uint64_t kLoadedCode = 2U | 4U;  // SHF_ALLOC, SHF_EXECINSTR

template <class Number>
Number number_at(ByteView bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number = static_cast<Number>(number | static_cast<Number>(bytes[at + i]) << (8 * i));
  }
  return number;
}

}  // namespace

std::uint16_t u16_at(ByteView bytes, std::size_t at) {
  return number_at<std::uint16_t>(bytes, at);
}
std::uint32_t u32_at(ByteView bytes, std::size_t at) {
  return number_at<std::uint32_t>(bytes, at);
}
std::uint64_t u64_at(ByteView bytes, std::size_t at) {
  return number_at<std::uint64_t>(bytes, at);
}

std::optional<Image> Image::parse(ByteView file) {
  if (file.size() < kHeaderSize || file.size() >= kLargestAddress) return std::nullopt;
  if (!as_text(file).starts_with(kMagic)) return std::nullopt;
  Image image;
  image.file_ = file;
  const std::uint16_t type = u16_at(file, 16);
  const std::uint16_t machine = u16_at(file, 18);
  if (type != kExecutable && type != kShared) return std::nullopt;
  if (machine != kX86_64 && machine != kAarch64) return std::nullopt;
  image.machine_ = machine == kX86_64 ? Machine::X86_64 : Machine::Aarch64;
  image.fixed_ = type == kExecutable;
  const std::uint64_t headers = u64_at(file, 32);
  const std::uint16_t count = u16_at(file, 56);
  if (u16_at(file, 54) != kProgramHeaderSize) return std::nullopt;
  if (headers > file.size() || count * kProgramHeaderSize > file.size() - headers) {
    return std::nullopt;
  }
  image.program_headers_ = static_cast<std::uint32_t>(headers);
  image.program_header_count_ = count;
  if (!image.read_program_headers()) return std::nullopt;
  image.find_code();
  return image;
}

bool Image::read_program_headers() {
  for (std::uint32_t i = 0; i < program_header_count_; ++i) {
    const ByteView header =
        file_.subspan(program_headers_ + i * kProgramHeaderSize, kProgramHeaderSize);
    const std::uint32_t type = u32_at(header, 0);
    if (type != kLoad && type != kDynamic && type != kFrameHeader) continue;
    const std::uint64_t offset = u64_at(header, 8);
    const std::uint64_t address = u64_at(header, 16);
    const std::uint64_t size = u64_at(header, 32);
    const std::uint64_t memory_size = u64_at(header, 40);
    if (offset > file_.size() || size > file_.size() - offset) return false;
    if (address >= kLargestAddress || memory_size >= kLargestAddress - address) return false;
    if (size > memory_size) return false;
    const auto narrow = [](std::uint64_t number) { return static_cast<std::uint32_t>(number); };
    if (type == kDynamic) {
      dynamic_ = Range{narrow(address), narrow(size)};
    } else if (type == kFrameHeader) {
      frame_header_ = Range{narrow(address), narrow(size)};
    } else {
      if (segments_.size() == kMostSegments) return false;
      const Segment segment{narrow(offset), narrow(address), narrow(size), narrow(memory_size),
                            (u32_at(header, 4) & kExecute) != 0};
      if (!segments_.empty() &&
          segment.address < segments_.back().address + segments_.back().memory_size) {
        return false;
      }
      segments_.push_back(segment);
    }
  }
  return !segments_.empty();
}

void Image::find_code() {
  code_ = code_sections();
  if (!code_.empty()) return;
  for (const Segment& segment : segments_) {
    if (segment.executable && segment.size > 0) code_.push_back({segment.address, segment.size});
  }
}

std::vector<Range> Image::code_sections() const {
  const std::uint64_t headers = u64_at(file_, 40);
  const std::uint64_t count = u16_at(file_, 60);
  if (u16_at(file_, 58) != kSectionHeaderSize || headers > file_.size() ||
      count * kSectionHeaderSize > file_.size() - headers) {
    return {};
  }
  std::vector<Range> sections;
  for (std::uint64_t i = 0; i < count; ++i) {
    const ByteView header = file_.subspan(headers + i * kSectionHeaderSize, kSectionHeaderSize);
    const std::uint64_t address = u64_at(header, 16);
    const std::uint64_t size = u64_at(header, 32);
    if (u32_at(header, 4) != kContent || size == 0) continue;
    if ((u64_at(header, 8) & kLoadedCode) != kLoadedCode) continue;
    for (const Segment& segment : segments_) {
      if (!segment.executable || address < segment.address) continue;
      const std::uint64_t skipped = address - segment.address;
      if (skipped > segment.size || size > segment.size - skipped) continue;
      sections.push_back({static_cast<std::uint32_t>(address), static_cast<std::uint32_t>(size)});
    }
  }
  std::ranges::stable_sort(sections, {}, &Range::address);
  std::vector<Range> apart;
  for (const Range& section : sections) {
    if (apart.empty() || section.address - apart.back().address >= apart.back().size) {
      apart.push_back(section);
    }
  }
  return apart;
}

std::optional<std::uint32_t> address_of(std::span<const Segment> segments, std::uint64_t offset) {
  for (const Segment& segment : segments) {
    if (offset >= segment.offset && offset - segment.offset < segment.size) {
      return static_cast<std::uint32_t>(segment.address + (offset - segment.offset));
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> offset_of(std::span<const Segment> segments, std::uint64_t address) {
  for (const Segment& segment : segments) {
    if (address >= segment.address && address - segment.address < segment.size) {
      return static_cast<std::uint32_t>(segment.offset + (address - segment.address));
    }
  }
  return std::nullopt;
}

std::optional<std::uint32_t> Image::offset_of(std::uint64_t address) const {
  return elf::offset_of(segments_, address);
}

bool Image::contains(std::uint64_t address) const {
  return std::ranges::any_of(segments_, [&](const Segment& segment) {
    return address >= segment.address && address - segment.address <= segment.memory_size;
  });
}

bool Image::is_code(std::uint64_t address) const {
  const auto next = std::ranges::upper_bound(code_, address, {}, &Range::address);
  return next != code_.begin() && address - std::prev(next)->address < std::prev(next)->size;
}

ByteView Image::at(std::uint64_t address, std::uint64_t count) const {
  for (const Segment& segment : segments_) {
    if (address >= segment.address && address - segment.address < segment.size) {
      const std::uint64_t skipped = address - segment.address;
      return file_.subspan(segment.offset + skipped,
                           std::min<std::uint64_t>(count, segment.size - skipped));
    }
  }
  return {};
}

}  // namespace interlude::elf
