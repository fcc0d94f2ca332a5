#include "publish/gate/elf_library.hpp"

#include "sys/shared_library.hpp"

namespace interlude::publish {
namespace {

ElfLibrary load_elf_library() {
  sys::SharedLibrary file("libelf.so.1");
  ElfLibrary library;
  const auto find = [&]<class Function>(Function& function, const char* name) {
    function = file.function<Function>(name);
  };
  find(library.version, "elf_version");
  find(library.memory, "elf_memory");
  find(library.end, "elf_end");
  find(library.program_header_count, "elf_getphdrnum");
  find(library.next_section, "elf_nextscn");
  find(library.data, "elf_getdata");
  find(library.chunk, "elf_getdata_rawchunk");
  find(library.text, "elf_strptr");
  find(library.header, "gelf_getehdr");
  find(library.program_header, "gelf_getphdr");
  find(library.section_header, "gelf_getshdr");
  find(library.dynamic, "gelf_getdyn");
  find(library.symbol, "gelf_getsym");
  find(library.symbol_version, "gelf_getversym");
  find(library.defined_version, "gelf_getverdef");
  find(library.defined_version_name, "gelf_getverdaux");
  find(library.needed_versions, "gelf_getverneed");
  find(library.needed_version_name, "gelf_getvernaux");
  find(library.note, "gelf_getnote");
  library.status = file.status();
  // libelf does nothing before it was asked this.
  if (library.status && library.version(EV_CURRENT) == EV_NONE) {
    library.status = fail(ErrorKind::Internal, "libelf.so.1 is older than its header");
  }
  return library;
}

}  // namespace

const ElfLibrary& elf_library() {
  static const ElfLibrary loaded = load_elf_library();
  return loaded;
}

}  // namespace interlude::publish
