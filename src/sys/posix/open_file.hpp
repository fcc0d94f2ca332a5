#pragma once
// Open files of the real disk.

#include <sys/stat.h>

#include "sys/file_system.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::sys::posix {

/// What of `st_mode` is no file type: permission bits with setuid, setgid and sticky.
inline constexpr std::uint32_t kModeBits = 07777;

struct OpenFile {
  UniqueFd fd;
  struct stat status {};
};

/// Opens a regular file for reading; Conflict where the path leads to anything else. Never blocks,
/// not even on a pipe.
Result<OpenFile> open_regular(const Path& file);

/// Opens the regular file at the canonical path `relative` below `directory`, following no link on
/// the way. Invalid (not canonical), Conflict (a link, or no regular file). Never blocks.
Result<OpenFile> open_regular_beneath(int directory, const Path& relative);

/// Opens for writing. A new file gets `mode` exactly. An existing one keeps its mode, and its
/// content unless `truncate`. A link that leads nowhere is NotFound, not a new file.
Result<OpenFile> open_for_writing(const Path& file, std::uint32_t mode, bool truncate);

/// Fills `into` from `offset` on; gives how many bytes that were, fewer only at the end. `path` is
/// for the error only, here and below.
Result<std::size_t> read_at(int fd, std::uint64_t offset, std::span<std::uint8_t> into,
                            const Path& path);
Status write_all(int fd, ByteView bytes, const Path& path);

std::unique_ptr<ReadFile> make_read_file(OpenFile file, const Path& path);
std::unique_ptr<AppendFile> make_append_file(OpenFile file, const Path& path);

}  // namespace interlude::sys::posix
