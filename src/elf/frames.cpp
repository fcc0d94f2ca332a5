#include "elf/frames.hpp"

#include <algorithm>
#include <map>

namespace interlude::elf {
namespace {

// Pointer encodings: relative to the field (pcrel), 32 bits, signed.
constexpr std::uint8_t kSelf32 = 0x1b;
constexpr std::uint8_t kIndirectSelf32 = 0x9b;
constexpr std::uint8_t kOmitted = 0xff;

/// What a CIE says about its FDEs.
struct Common {
  bool functions = false;      ///< the function's address is encoded as kSelf32
  bool language_data = false;  ///< there is a pointer behind the augmentation's length, so encoded
};

/// Reads one entry; past its end everything is 0 and `good` is false.
class Entry {
 public:
  Entry(ByteView bytes, std::size_t at) : bytes_(bytes), at_(at) {}
  std::uint8_t byte() {
    if (at_ >= bytes_.size()) {
      good_ = false;
      return 0;
    }
    return bytes_[at_++];
  }
  std::uint64_t leb128() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7fU) << shift;
      if ((next & 0x80U) == 0) return value;
    }
    good_ = false;
    return 0;
  }
  void skip(std::uint64_t count) {
    if (count > bytes_.size() - std::min(at_, bytes_.size())) {
      good_ = false;
    } else {
      at_ += count;
    }
  }
  std::size_t at() const { return at_; }
  bool good() const { return good_; }

 private:
  ByteView bytes_;
  std::size_t at_;
  bool good_ = true;
};

class FrameReader {
 public:
  explicit FrameReader(const Image& image) : image_(image) {}

  Frames run() {
    read_header();
    std::ranges::sort(frames_.functions);
    const auto repeated = std::ranges::unique(frames_.functions);
    frames_.functions.erase(repeated.begin(), repeated.end());
    return std::move(frames_);
  }

 private:
  void read_header() {
    if (!image_.frame_header()) return;
    const std::uint32_t address = image_.frame_header()->address;
    const std::optional<std::uint32_t> offset = image_.offset_of(address);
    const ByteView header = image_.at(address, image_.frame_header()->size);
    if (!offset || header.size() < 12 || header[0] != 1 || header[1] != kSelf32) return;
    const Reference section{.at = *offset + 4, .form = Form::Self32};
    const std::optional<std::uint32_t> frames = decode(section, u32_at(header, 4), address + 4, 0);
    if (!frames || !image_.offset_of(*frames)) return;
    add({.at = section.at, .target = *frames, .form = Form::Self32});
    read_entries(*frames);
  }

  void read_entries(std::uint32_t address) {
    address_ = address;
    offset_ = *image_.offset_of(address);
    bytes_ = image_.at(address, kLargestAddress);
    std::size_t at = 0;
    while (bytes_.size() - at >= 8) {
      const std::uint32_t length = u32_at(bytes_, at);
      if (length == 0 || length < 4 || length > bytes_.size() - at - 4) return;
      const std::size_t end = at + 4 + length;
      const std::uint32_t id = u32_at(bytes_, at + 4);
      if (id == 0) {
        read_common(at, end);
      } else {
        read_function(at, end, id);
      }
      at = end;
    }
  }

  void read_common(std::size_t begin, std::size_t end) {
    Common& common = commons_[begin];
    Entry entry(bytes_.first(end), begin + 8);
    if (entry.byte() != 1) return;
    std::vector<std::uint8_t> augmentation;
    for (std::uint8_t letter = entry.byte(); letter != 0; letter = entry.byte()) {
      augmentation.push_back(letter);
    }
    if (!entry.good() || augmentation.empty() || augmentation[0] != 'z') return;
    entry.leb128();  // code alignment
    entry.leb128();  // data alignment
    entry.leb128();  // return address register
    entry.leb128();  // augmentation length
    for (const std::uint8_t letter : augmentation) {
      if (letter == 'R') {
        common.functions = entry.byte() == kSelf32;
      } else if (letter == 'L') {
        common.language_data = entry.byte() == kSelf32;
      } else if (letter == 'P') {
        const std::uint8_t encoding = entry.byte();
        if (encoding == kOmitted) continue;
        if (encoding != kSelf32 && encoding != kIndirectSelf32) return;
        pointer(entry.at(), end);
        entry.skip(4);
      } else if (letter != 'z' && letter != 'S' && letter != 'B') {
        return;
      }
    }
  }

  void read_function(std::size_t begin, std::size_t end, std::uint32_t id) {
    if (id > begin + 4) return;
    const auto common = commons_.find(begin + 4 - id);
    if (common == commons_.end()) return;
    add({.at = place(begin + 4),
         .target = static_cast<std::uint32_t>(address_ + common->first),
         .form = Form::Back32});
    if (!common->second.functions || end - begin < 16) return;
    const std::optional<std::uint32_t> function = pointer(begin + 8, end);
    if (!function) return;
    frames_.functions.push_back(*function);
    const std::uint32_t size = u32_at(bytes_, begin + 12);
    if (size > 0 && image_.contains(std::uint64_t{*function} + size)) {
      add({.at = place(begin + 12),
           .target = *function + size - 1,
           .base = *function,
           .form = Form::Length32});
    }
    if (!common->second.language_data) return;
    Entry entry(bytes_.first(end), begin + 16);
    if (entry.leb128() < 4 || !entry.good()) return;
    if (end - entry.at() >= 4 && u32_at(bytes_, entry.at()) != 0) pointer(entry.at(), end);
  }

  /// A field relative to itself.
  std::optional<std::uint32_t> pointer(std::size_t at, std::size_t end) {
    if (at > end || end - at < 4) return std::nullopt;
    Reference reference{.at = place(at), .form = Form::Self32};
    const std::optional<std::uint32_t> target =
        decode(reference, u32_at(bytes_, at), static_cast<std::uint32_t>(address_ + at), 0);
    if (!target || !image_.contains(*target)) return std::nullopt;
    reference.target = *target;
    add(reference);
    return target;
  }

  std::uint32_t place(std::size_t at) const { return static_cast<std::uint32_t>(offset_ + at); }
  void add(const Reference& reference) { frames_.references.push_back(reference); }

  const Image& image_;
  Frames frames_;
  std::uint32_t address_ = 0;  // of .eh_frame
  std::uint32_t offset_ = 0;
  ByteView bytes_;
  std::map<std::size_t, Common> commons_;
};

}  // namespace

Frames read_frames(const Image& image) {
  return FrameReader(image).run();
}

}  // namespace interlude::elf
