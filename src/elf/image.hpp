#pragma once
// An ELF64 file as it is mapped into memory: which bytes of the file stand at which address.
//
// What a loader looks at is read: the ELF header, the program headers and what they lead to. Of the
// section headers, where there are any, only what is code: a segment can hold much else besides.
// Source: System V ABI, "Object Files"; gABI draft 4.3.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"

namespace interlude::elf {

enum class Machine : std::uint8_t { X86_64, Aarch64 };

/// A PT_LOAD entry. Segments are in the order of their addresses and do not overlap.
struct Segment {
  std::uint32_t offset = 0;       ///< in the file
  std::uint32_t address = 0;      ///< in memory, relative to where the file is loaded
  std::uint32_t size = 0;         ///< bytes from the file
  std::uint32_t memory_size = 0;  ///< the rest is zero (.bss)
  bool executable = false;

  bool operator==(const Segment&) const = default;
};

/// Places and addresses fit into 32 bits: files and address ranges beyond 2 GiB are not for us.
inline constexpr std::uint64_t kLargestAddress = 1ULL << 31U;
inline constexpr std::size_t kMostSegments = 64;

inline constexpr std::uint32_t kProgramHeaderSize = 56;
inline constexpr std::uint32_t kSectionHeaderSize = 64;

/// The address of the byte at `offset` of a file with these segments, if it is loaded.
std::optional<std::uint32_t> address_of(std::span<const Segment> segments, std::uint64_t offset);
/// Where the byte for `address` lies in the file, if it does.
std::optional<std::uint32_t> offset_of(std::span<const Segment> segments, std::uint64_t address);

/// Bytes in memory that come from the file.
struct Range {
  std::uint32_t address = 0;
  std::uint32_t size = 0;

  bool operator==(const Range&) const = default;
};

class Image {
 public:
  /// Nothing where `file` is no ELF64 program or library for a machine that we know, or says
  /// something about itself that cannot be. Cost: the headers.
  static std::optional<Image> parse(ByteView file);

  ByteView file() const { return file_; }
  Machine machine() const { return machine_; }
  /// Addresses are absolute (ET_EXEC), not relative to where the file is loaded.
  bool fixed() const { return fixed_; }
  const std::vector<Segment>& segments() const { return segments_; }

  /// Where the byte for `address` lies in the file, if it does.
  std::optional<std::uint32_t> offset_of(std::uint64_t address) const;
  /// Whether memory for `address` exists, from the file or zero; the end of a segment counts.
  bool contains(std::uint64_t address) const;
  bool is_code(std::uint64_t address) const;
  /// The stretches that hold instructions, in order, apart, each within an executable segment:
  /// sections where headers name any, else those segments.
  const std::vector<Range>& code() const { return code_; }
  /// The bytes of the file from `address` on, at most `count`, to the end of the segment.
  ByteView at(std::uint64_t address, std::uint64_t count) const;

  /// Where program headers of these types point.
  std::optional<Range> dynamic() const { return dynamic_; }
  std::optional<Range> frame_header() const { return frame_header_; }

  std::uint32_t program_headers() const { return program_headers_; }  ///< where, in the file
  std::uint32_t program_header_count() const { return program_header_count_; }

 private:
  bool read_program_headers();
  void find_code();
  std::vector<Range> code_sections() const;

  ByteView file_;
  Machine machine_ = Machine::X86_64;
  bool fixed_ = false;
  std::uint32_t program_headers_ = 0;
  std::uint32_t program_header_count_ = 0;
  std::vector<Segment> segments_;
  std::vector<Range> code_;
  std::optional<Range> dynamic_;
  std::optional<Range> frame_header_;
};

/// Little-endian numbers of `bytes`, which must hold them.
std::uint16_t u16_at(ByteView bytes, std::size_t at);
std::uint32_t u32_at(ByteView bytes, std::size_t at);
std::uint64_t u64_at(ByteView bytes, std::size_t at);

}  // namespace interlude::elf
