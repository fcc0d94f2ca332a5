#pragma once
// The functions of libelf (elfutils) that we call. It is loaded when the first package or folder is
// judged: nothing that a device runs needs it.

#include <gelf.h>
#include <libelf.h>

#include "base/result.hpp"

namespace interlude::publish {

struct ElfLibrary {
  decltype(&::elf_version) version = nullptr;
  decltype(&::elf_memory) memory = nullptr;
  decltype(&::elf_end) end = nullptr;
  decltype(&::elf_getphdrnum) program_header_count = nullptr;
  decltype(&::elf_nextscn) next_section = nullptr;
  decltype(&::elf_getdata) data = nullptr;
  decltype(&::elf_getdata_rawchunk) chunk = nullptr;
  decltype(&::elf_strptr) text = nullptr;
  decltype(&::gelf_getehdr) header = nullptr;
  decltype(&::gelf_getphdr) program_header = nullptr;
  decltype(&::gelf_getshdr) section_header = nullptr;
  decltype(&::gelf_getdyn) dynamic = nullptr;
  decltype(&::gelf_getsym) symbol = nullptr;
  decltype(&::gelf_getversym) symbol_version = nullptr;
  decltype(&::gelf_getverdef) defined_version = nullptr;
  decltype(&::gelf_getverdaux) defined_version_name = nullptr;
  decltype(&::gelf_getverneed) needed_versions = nullptr;
  decltype(&::gelf_getvernaux) needed_version_name = nullptr;
  decltype(&::gelf_getnote) note = nullptr;
  Status status;  ///< whether all of them are there
};

const ElfLibrary& elf_library();

}  // namespace interlude::publish
