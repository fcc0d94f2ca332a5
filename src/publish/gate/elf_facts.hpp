#pragma once
// What the gate compares of an ELF file: what it is, what it offers to others, what it asks of
// them, and how it is hardened. Read with libelf, from the section headers and program headers.
// Source: System V ABI, "Object Files"; Linux extensions (GNU_RELRO, GNU_STACK, GNU_PROPERTY).

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace interlude::publish {

/// One exported symbol.
struct ElfSymbol {
  enum class Kind : std::uint8_t { Function, Object, ThreadLocal, Other };

  Kind kind = Kind::Other;
  std::uint64_t size = 0;
  bool weak = false;

  bool operator==(const ElfSymbol&) const = default;
};

/// Protections that a change must not lose, or must not bring where they are faults.
enum class Hardening : std::uint8_t {
  Relro,
  BindNow,
  StackProtector,
  PositionIndependent,
  NoExecutableStack,
  NoWritableCode,  ///< no segment that may be both written and executed, no text relocations
  BranchTracking,  ///< IBT on x86, BTI on AArch64
  ReturnGuard      ///< SHSTK on x86, PAC on AArch64
};

/// "RELRO", "a stack protector" …: what is lost.
std::string_view name_of(Hardening hardening);

struct ElfFacts {
  enum class Kind : std::uint8_t { Program, Library, Object, Other };

  Kind kind = Kind::Other;
  int bits = 64;  ///< 32 or 64
  std::uint16_t machine = 0;
  bool dynamic = false;  ///< it is linked at run time, or links others
  std::string soname;    ///< empty where there is none
  std::vector<std::string> needed;
  std::string search_path;  ///< RUNPATH and RPATH, as "RUNPATH …"
  std::set<Hardening> hardening;
  bool opens_libraries = false;  ///< it imports dlopen
  /// By "name" or "name@VERSION".
  std::map<std::string, ElfSymbol> exports;
  std::set<std::string> versions;  ///< versions of symbols that it defines
  /// Versions that it asks of a library, as pairs of soname and version.
  std::set<std::pair<std::string, std::string>> needed_versions;

  bool operator==(const ElfFacts&) const = default;
};

std::string_view name_of(ElfFacts::Kind kind);
/// "64-bit x86-64", with the number where the machine is none of Debian's.
std::string machine_of(const ElfFacts& facts);

/// Whether `file` begins as an ELF file does.
bool is_elf(ByteView file);

/// Errors: Corrupt where it is malformed, or lacks the section headers by which its dynamic symbols
/// are found; Internal where libelf is not there.
Result<ElfFacts> read_elf_facts(ByteView file);

}  // namespace interlude::publish
