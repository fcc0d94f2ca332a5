#pragma once
// The functions of libarchive that we call. It is loaded when the first package is read: it brings
// a dozen libraries along, which nothing else needs.

#include <archive.h>
#include <archive_entry.h>

#include "base/result.hpp"

namespace interlude::publish {

struct ArchiveLibrary {
  decltype(&::archive_entry_filetype) entry_filetype = nullptr;
  decltype(&::archive_entry_gid) entry_gid = nullptr;
  decltype(&::archive_entry_hardlink) entry_hardlink = nullptr;
  decltype(&::archive_entry_pathname) entry_pathname = nullptr;
  decltype(&::archive_entry_perm) entry_perm = nullptr;
  decltype(&::archive_entry_symlink) entry_symlink = nullptr;
  decltype(&::archive_entry_uid) entry_uid = nullptr;
  decltype(&::archive_entry_xattr_next) entry_xattr_next = nullptr;
  decltype(&::archive_entry_xattr_reset) entry_xattr_reset = nullptr;
  decltype(&::archive_error_string) error_string = nullptr;
  decltype(&::archive_read_data_block) read_data_block = nullptr;
  decltype(&::archive_read_free) read_free = nullptr;
  decltype(&::archive_read_new) read_new = nullptr;
  decltype(&::archive_read_next_header) read_next_header = nullptr;
  decltype(&::archive_read_open_memory) read_open_memory = nullptr;
  decltype(&::archive_read_support_filter_gzip) read_support_filter_gzip = nullptr;
  decltype(&::archive_read_support_filter_xz) read_support_filter_xz = nullptr;
  decltype(&::archive_read_support_filter_zstd) read_support_filter_zstd = nullptr;
  decltype(&::archive_read_support_format_ar) read_support_format_ar = nullptr;
  decltype(&::archive_read_support_format_raw) read_support_format_raw = nullptr;
  decltype(&::archive_read_support_format_tar) read_support_format_tar = nullptr;
  Status status;  ///< whether all of them are there
};

const ArchiveLibrary& archive_library();

}  // namespace interlude::publish
