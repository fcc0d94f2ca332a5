#include "publish/gate/elf_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "publish/gate/elf_library.hpp"

namespace interlude::publish {
namespace {

struct ElfEnding {
  void operator()(Elf* elf) const { elf_library().end(elf); }
};

// Of the processor's supplements; Debian 12's elf.h has the numbers of x86 only.
constexpr std::uint32_t kX86Features = 0xc0000002U;
constexpr std::uint32_t kArmFeatures = 0xc0000000U;
constexpr std::uint32_t kBranchTrackingBit = 1;
constexpr std::uint32_t kReturnGuardBit = 2;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::Corrupt, fmt::format("malformed ELF file: {}", what));
}

/// What DT_FLAGS, DT_FLAGS_1 and the program headers say, until all of it is known.
struct Flags {
  bool interpreter = false;
  bool pie = false;
  bool relro = false;
  bool bind_now = false;
  bool stack_stated = false;
  bool stack_executable = false;
  bool writable_code = false;
  bool guards_stack = false;  ///< it imports __stack_chk_fail
  std::uint32_t features = 0;
};

class ElfReading {
 public:
  ElfReading(Elf* elf, std::uint64_t size) : elf_(elf), size_(size) {}

  Result<ElfFacts> run() {
    if (library_.header(elf_, &header_) == nullptr) return malformed("its header");
    facts_.bits = header_.e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64;
    facts_.machine = header_.e_machine;
    // libelf takes of a file that was cut short what is left of it.
    if (!inside(header_.e_phoff, std::uint64_t{header_.e_phnum} * header_.e_phentsize) ||
        !inside(header_.e_shoff, std::uint64_t{header_.e_shnum} * header_.e_shentsize)) {
      return malformed("its headers lie outside of it");
    }
    for (const auto step : {&ElfReading::read_segments, &ElfReading::read_sections}) {
      if (const Status done = (this->*step)(); !done) return std::unexpected(done.error());
    }
    if (facts_.dynamic && !dynamic_section_) {
      return malformed("no section header says where its dynamic section is");
    }
    settle();
    return std::move(facts_);
  }

 private:
  bool inside(std::uint64_t start, std::uint64_t length) const {
    return start <= size_ && length <= size_ - start;
  }

  Status read_segments() {
    std::size_t count = 0;
    if (library_.program_header_count(elf_, &count) != 0) return malformed("its program headers");
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Phdr segment;
      if (library_.program_header(elf_, static_cast<int>(i), &segment) == nullptr) {
        return malformed("its program headers");
      }
      if (!inside(segment.p_offset, segment.p_filesz)) {
        return malformed("a segment lies outside of it");
      }
      take_segment(segment);
    }
    return {};
  }

  void take_segment(const GElf_Phdr& segment) {
    const bool writable_and_executable = (segment.p_flags & PF_W) != 0 && (segment.p_flags & PF_X);
    switch (segment.p_type) {
      case PT_INTERP:
        flags_.interpreter = true;
        break;
      case PT_DYNAMIC:
        facts_.dynamic = true;
        break;
      case PT_LOAD:
        flags_.writable_code = flags_.writable_code || writable_and_executable;
        break;
      case PT_GNU_RELRO:
        flags_.relro = true;
        break;
      case PT_GNU_STACK:
        flags_.stack_stated = true;
        flags_.stack_executable = (segment.p_flags & PF_X) != 0;
        break;
      case PT_NOTE:
        take_notes(segment);
        break;
      default:
        break;
    }
  }

  /// NT_GNU_PROPERTY_TYPE_0: pairs of type and bytes, each padded to a word.
  void take_notes(const GElf_Phdr& segment) {
    const bool wide = segment.p_align == 8;
    Elf_Data* data = library_.chunk(elf_, static_cast<std::int64_t>(segment.p_offset),
                                    segment.p_filesz, wide ? ELF_T_NHDR8 : ELF_T_NHDR);
    if (data == nullptr) return;
    GElf_Nhdr note;
    std::size_t name = 0;
    std::size_t content = 0;
    for (std::size_t at = 0; (at = library_.note(data, at, &note, &name, &content)) > 0;) {
      const auto* bytes = static_cast<const std::uint8_t*>(data->d_buf);
      if (note.n_type != NT_GNU_PROPERTY_TYPE_0 || note.n_namesz != 4 ||
          std::memcmp(bytes + name, "GNU", 4) != 0) {
        continue;
      }
      take_properties(ByteView(bytes + content, note.n_descsz));
    }
  }

  void take_properties(ByteView properties) {
    const std::size_t word = facts_.bits == 64 ? 8 : 4;
    while (properties.size() >= 8) {
      std::array<std::uint32_t, 3> numbers{};
      std::memcpy(numbers.data(), properties.data(), std::min<std::size_t>(12, properties.size()));
      const auto [type, size, value] = numbers;
      const bool of_machine =
          facts_.machine == EM_AARCH64 ? type == kArmFeatures : type == kX86Features;
      if (of_machine && size == 4 && properties.size() >= 12) flags_.features |= value;
      const std::size_t padded = 8 + (std::size_t{size} + word - 1) / word * word;
      if (padded > properties.size()) return;
      properties = properties.subspan(padded);
    }
  }

  Status read_sections() {
    Elf_Scn* symbols = nullptr;
    GElf_Shdr symbols_header{};
    Elf_Data* symbol_versions = nullptr;
    for (Elf_Scn* section = nullptr; (section = library_.next_section(elf_, section)) != nullptr;) {
      GElf_Shdr header;
      if (library_.section_header(section, &header) == nullptr) {
        return malformed("its section headers");
      }
      Status done;
      switch (header.sh_type) {
        case SHT_DYNAMIC:
          dynamic_section_ = true;
          done = read_dynamic(section, header);
          break;
        case SHT_GNU_verdef:
          done = read_defined_versions(section, header);
          break;
        case SHT_GNU_verneed:
          done = read_needed_versions(section, header);
          break;
        case SHT_GNU_versym:
          symbol_versions = library_.data(section, nullptr);
          break;
        case SHT_DYNSYM:
          symbols = section;
          symbols_header = header;
          break;
        default:
          break;
      }
      if (!done) return done;
    }
    return symbols == nullptr ? Status{} : read_symbols(symbols, symbols_header, symbol_versions);
  }

  /// A name of the string table that `header` is linked to.
  Result<std::string> text_of(const GElf_Shdr& header, std::size_t offset) {
    const char* text = library_.text(elf_, header.sh_link, offset);
    if (text == nullptr) return malformed("a name outside its string table");
    return std::string(text);
  }

  Status read_dynamic(Elf_Scn* section, const GElf_Shdr& header) {
    Elf_Data* data = library_.data(section, nullptr);
    if (data == nullptr) return malformed("its dynamic section");
    GElf_Dyn entry;
    for (int i = 0; library_.dynamic(data, i, &entry) != nullptr && entry.d_tag != DT_NULL; ++i) {
      if (const Status done = take_dynamic(header, entry); !done) return done;
    }
    return {};
  }

  Status take_dynamic(const GElf_Shdr& header, const GElf_Dyn& entry) {
    const auto flag = [&](std::uint64_t bit) { return (entry.d_un.d_val & bit) != 0; };
    switch (entry.d_tag) {
      case DT_SONAME:
      case DT_NEEDED:
      case DT_RPATH:
      case DT_RUNPATH:
        break;
      case DT_BIND_NOW:
        flags_.bind_now = true;
        return {};
      case DT_TEXTREL:
        flags_.writable_code = true;
        return {};
      case DT_FLAGS:
        flags_.bind_now = flags_.bind_now || flag(DF_BIND_NOW);
        flags_.writable_code = flags_.writable_code || flag(DF_TEXTREL);
        return {};
      case DT_FLAGS_1:
        flags_.bind_now = flags_.bind_now || flag(DF_1_NOW);
        flags_.pie = flag(DF_1_PIE);
        return {};
      default:
        return {};
    }
    Result<std::string> text = text_of(header, entry.d_un.d_val);
    if (!text) return std::unexpected(text.error());
    if (entry.d_tag == DT_SONAME) {
      facts_.soname = std::move(*text);
    } else if (entry.d_tag == DT_NEEDED) {
      facts_.needed.push_back(std::move(*text));
    } else {
      if (!facts_.search_path.empty()) facts_.search_path += ", ";
      facts_.search_path += (entry.d_tag == DT_RPATH ? "RPATH " : "RUNPATH ") + *text;
    }
    return {};
  }

  Status read_defined_versions(Elf_Scn* section, const GElf_Shdr& header) {
    Elf_Data* data = library_.data(section, nullptr);
    if (data == nullptr) return malformed("its version definitions");
    int at = 0;
    for (std::uint64_t i = 0; i < header.sh_info; ++i) {
      GElf_Verdef version;
      GElf_Verdaux first;
      if (library_.defined_version(data, at, &version) == nullptr ||
          !within(data, at, version.vd_aux) ||
          library_.defined_version_name(data, at + static_cast<int>(version.vd_aux), &first) ==
              nullptr) {
        return malformed("its version definitions");
      }
      Result<std::string> name = text_of(header, first.vda_name);
      if (!name) return std::unexpected(name.error());
      version_names_[version.vd_ndx & 0x7fffU] = *name;
      // The base version is the file's own name.
      if ((version.vd_flags & VER_FLG_BASE) == 0) facts_.versions.insert(std::move(*name));
      if (version.vd_next == 0 || !within(data, at, version.vd_next)) break;
      at += static_cast<int>(version.vd_next);
    }
    return {};
  }

  Status read_needed_versions(Elf_Scn* section, const GElf_Shdr& header) {
    Elf_Data* data = library_.data(section, nullptr);
    if (data == nullptr) return malformed("its needed versions");
    int at = 0;
    for (std::uint64_t i = 0; i < header.sh_info; ++i) {
      GElf_Verneed needed;
      if (library_.needed_versions(data, at, &needed) == nullptr) {
        return malformed("its needed versions");
      }
      const Result<std::string> file = text_of(header, needed.vn_file);
      if (!file) return std::unexpected(file.error());
      int entry = at;
      std::uint32_t step = needed.vn_aux;
      for (std::uint32_t j = 0; j < needed.vn_cnt && within(data, entry, step); ++j) {
        entry += static_cast<int>(step);
        GElf_Vernaux version;
        if (library_.needed_version_name(data, entry, &version) == nullptr) {
          return malformed("its needed versions");
        }
        Result<std::string> name = text_of(header, version.vna_name);
        if (!name) return std::unexpected(name.error());
        // A weak one may be missing.
        if ((version.vna_flags & VER_FLG_WEAK) == 0) {
          facts_.needed_versions.emplace(*file, std::move(*name));
        }
        step = version.vna_next;
        if (step == 0) break;
      }
      if (needed.vn_next == 0 || !within(data, at, needed.vn_next)) break;
      at += static_cast<int>(needed.vn_next);
    }
    return {};
  }

  static bool within(const Elf_Data* data, int at, std::uint32_t step) {
    return step < data->d_size && static_cast<std::size_t>(at) < data->d_size - step;
  }

  Status read_symbols(Elf_Scn* section, const GElf_Shdr& header, Elf_Data* versions) {
    Elf_Data* data = library_.data(section, nullptr);
    if (data == nullptr) return malformed("its dynamic symbols");
    GElf_Sym symbol;
    for (int i = 1; library_.symbol(data, i, &symbol) != nullptr; ++i) {
      Result<std::string> name = text_of(header, symbol.st_name);
      if (!name) return std::unexpected(name.error());
      if (symbol.st_shndx == SHN_UNDEF) {
        flags_.guards_stack = flags_.guards_stack || *name == "__stack_chk_fail";
        facts_.opens_libraries = facts_.opens_libraries || *name == "dlopen";
        continue;
      }
      GElf_Versym version = VER_NDX_GLOBAL;
      if (versions != nullptr && library_.symbol_version(versions, i, &version) == nullptr) {
        return malformed("its symbols' versions");
      }
      take_export(std::move(*name), symbol, version & 0x7fffU);
    }
    return {};
  }

  void take_export(std::string name, const GElf_Sym& symbol, std::uint32_t version) {
    const auto binding = GELF_ST_BIND(symbol.st_info);
    const auto visibility = GELF_ST_VISIBILITY(symbol.st_other);
    if (binding == STB_LOCAL || version == VER_NDX_LOCAL) return;
    if (visibility == STV_HIDDEN || visibility == STV_INTERNAL) return;
    // What linkers add, and the names of the versions themselves.
    constexpr std::array<std::string_view, 5> kLinkers = {"_init", "_fini", "_edata", "_end",
                                                          "__bss_start"};
    if (std::ranges::find(kLinkers, name) != kLinkers.end()) return;
    if (symbol.st_shndx == SHN_ABS && facts_.versions.contains(name)) return;
    const auto known = version_names_.find(version);
    if (version > VER_NDX_GLOBAL && known != version_names_.end()) name += "@" + known->second;
    facts_.exports.emplace(std::move(name), ElfSymbol{kind_of(GELF_ST_TYPE(symbol.st_info)),
                                                      symbol.st_size, binding == STB_WEAK});
  }

  static ElfSymbol::Kind kind_of(unsigned type) {
    switch (type) {
      case STT_FUNC:
      case STT_GNU_IFUNC:
        return ElfSymbol::Kind::Function;
      case STT_OBJECT:
      case STT_COMMON:
        return ElfSymbol::Kind::Object;
      case STT_TLS:
        return ElfSymbol::Kind::ThreadLocal;
      default:
        return ElfSymbol::Kind::Other;
    }
  }

  void settle() {
    const bool position_independent = header_.e_type == ET_DYN;
    const bool program =
        header_.e_type == ET_EXEC ||
        (position_independent && (flags_.pie || (flags_.interpreter && facts_.soname.empty())));
    if (program) {
      facts_.kind = ElfFacts::Kind::Program;
    } else if (position_independent) {
      facts_.kind = ElfFacts::Kind::Library;
    } else if (header_.e_type == ET_REL) {
      facts_.kind = ElfFacts::Kind::Object;
    }
    if (facts_.kind == ElfFacts::Kind::Object || facts_.kind == ElfFacts::Kind::Other) return;
    for (const auto& [has, what] :
         {std::pair{flags_.relro, Hardening::Relro},
          {flags_.bind_now, Hardening::BindNow},
          {flags_.guards_stack, Hardening::StackProtector},
          {position_independent, Hardening::PositionIndependent},
          {flags_.stack_stated && !flags_.stack_executable, Hardening::NoExecutableStack},
          {!flags_.writable_code, Hardening::NoWritableCode},
          {(flags_.features & kBranchTrackingBit) != 0, Hardening::BranchTracking},
          {(flags_.features & kReturnGuardBit) != 0, Hardening::ReturnGuard}}) {
      if (has) facts_.hardening.insert(what);
    }
  }

  const ElfLibrary& library_ = elf_library();
  Elf* elf_;
  std::uint64_t size_;
  GElf_Ehdr header_{};
  Flags flags_;
  bool dynamic_section_ = false;
  std::map<std::uint32_t, std::string> version_names_;  ///< by their index in .gnu.version
  ElfFacts facts_;
};

}  // namespace

std::string_view name_of(Hardening hardening) {
  switch (hardening) {
    case Hardening::Relro:
      return "RELRO";
    case Hardening::BindNow:
      return "BIND_NOW";
    case Hardening::StackProtector:
      return "the stack protector";
    case Hardening::PositionIndependent:
      return "position independence (PIE)";
    case Hardening::NoExecutableStack:
      return "a stack that is not executable";
    case Hardening::NoWritableCode:
      return "code that is not writable";
    case Hardening::BranchTracking:
      return "branch tracking (IBT, BTI)";
    case Hardening::ReturnGuard:
      return "guarded returns (SHSTK, PAC)";
  }
  return "";
}

std::string_view name_of(ElfFacts::Kind kind) {
  switch (kind) {
    case ElfFacts::Kind::Program:
      return "program";
    case ElfFacts::Kind::Library:
      return "shared library";
    case ElfFacts::Kind::Object:
      return "object file";
    case ElfFacts::Kind::Other:
      break;
  }
  return "other ELF file";
}

std::string machine_of(const ElfFacts& facts) {
  switch (facts.machine) {
    case EM_X86_64:
      return fmt::format("{}-bit x86-64", facts.bits);
    case EM_386:
      return fmt::format("{}-bit x86", facts.bits);
    case EM_AARCH64:
      return fmt::format("{}-bit AArch64", facts.bits);
    case EM_ARM:
      return fmt::format("{}-bit ARM", facts.bits);
    default:
      return fmt::format("{}-bit machine {}", facts.bits, facts.machine);
  }
}

bool is_elf(ByteView file) {
  return file.size() >= SELFMAG && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

Result<ElfFacts> read_elf_facts(ByteView file) {
  if (!elf_library().status) return std::unexpected(elf_library().status.error());
  if (!is_elf(file)) return malformed("it does not begin as one");
  // A copy: libelf takes bytes that are aligned, and is not declared to leave them alone.
  std::vector<std::uint64_t> words(file.size() / 8 + 1);
  std::memcpy(words.data(), file.data(), file.size());
  const std::unique_ptr<Elf, ElfEnding> elf(
      elf_library().memory(reinterpret_cast<char*>(words.data()), file.size()));
  if (elf == nullptr) return malformed("libelf cannot read it");
  return ElfReading(elf.get(), file.size()).run();
}

}  // namespace interlude::publish
