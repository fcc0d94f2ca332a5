#include "publish/archive_library.hpp"

#include "sys/shared_library.hpp"

namespace interlude::publish {
namespace {

ArchiveLibrary load() {
  sys::SharedLibrary file("libarchive.so.13");
  ArchiveLibrary library;
  const auto find = [&]<class Function>(Function& function, const char* name) {
    function = file.function<Function>(name);
  };
  find(library.entry_filetype, "archive_entry_filetype");
  find(library.entry_gid, "archive_entry_gid");
  find(library.entry_hardlink, "archive_entry_hardlink");
  find(library.entry_pathname, "archive_entry_pathname");
  find(library.entry_perm, "archive_entry_perm");
  find(library.entry_symlink, "archive_entry_symlink");
  find(library.entry_uid, "archive_entry_uid");
  find(library.entry_xattr_next, "archive_entry_xattr_next");
  find(library.entry_xattr_reset, "archive_entry_xattr_reset");
  find(library.error_string, "archive_error_string");
  find(library.read_data_block, "archive_read_data_block");
  find(library.read_free, "archive_read_free");
  find(library.read_new, "archive_read_new");
  find(library.read_next_header, "archive_read_next_header");
  find(library.read_open_memory, "archive_read_open_memory");
  find(library.read_support_filter_gzip, "archive_read_support_filter_gzip");
  find(library.read_support_filter_xz, "archive_read_support_filter_xz");
  find(library.read_support_filter_zstd, "archive_read_support_filter_zstd");
  find(library.read_support_format_ar, "archive_read_support_format_ar");
  find(library.read_support_format_raw, "archive_read_support_format_raw");
  find(library.read_support_format_tar, "archive_read_support_format_tar");
  library.status = file.status();
  return library;
}

}  // namespace

const ArchiveLibrary& archive_library() {
  static const ArchiveLibrary loaded = load();
  return loaded;
}

}  // namespace interlude::publish
