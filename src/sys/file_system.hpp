#pragma once
// The disk as a parameter. The interface says what lasts: what was not synced may be gone after a
// power cut, so that the simulated disk (sys/sim) can forget it, and code that forgot a sync turns
// a test red.
//
// Durable change has one order: write the new file, sync it, rename, sync the directory, only then
// delete the old. Paths are followed as the operating system does, except where a function says it
// does not follow a final link.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/path.hpp"

namespace interlude::sys {

enum class FileType { Regular, Directory, Symlink, Device, Other };

struct FileInfo {
  FileType type = FileType::Other;
  std::uint32_t mode = 0;  ///< permission bits with setuid, setgid and sticky: 07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 1;
  /// When content, metadata or names last changed (ctime): nanoseconds since 1970.
  std::int64_t changed_ns = 0;
};

/// One open file, read at any position. `view()` gives all of it at once, mapped where the disk
/// can.
class ReadFile {
 public:
  virtual ~ReadFile() = default;
  virtual std::uint64_t size() const = 0;
  /// The whole content, valid as long as this object lives. The file must not shrink meanwhile.
  virtual Result<ByteView> view() = 0;
  /// Fills `into` from `offset` on; gives how many bytes that were, fewer only at the end. The real
  /// disk maps nothing for it, so the file may shrink meanwhile.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into);
};

/// One file being written front to back. Nothing lasts until `sync`. Destroying it closes the file.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  virtual Status append(ByteView bytes) = 0;
  virtual std::uint64_t size() const = 0;
  virtual Status sync() = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Reading.
  /// The whole file. NoSpace if it is longer than `limit_bytes`.
  virtual Result<Bytes> read(const Path& file, std::uint64_t limit_bytes) = 0;
  virtual Result<std::unique_ptr<ReadFile>> open(const Path& file) = 0;
  /// For a folder in which somebody writes who is not trusted: opens the regular file at the
  /// canonical path `relative` below `directory`, and nothing else. No link is followed and nothing
  /// above `directory` is reached, whatever happens in it meanwhile. Invalid (not canonical),
  /// Conflict (a link on the way, or no regular file). Never blocks. Read it with `read_at` only:
  /// it may shrink.
  virtual Result<std::unique_ptr<ReadFile>> open_beneath(const Path& directory,
                                                         const Path& relative) = 0;
  /// Names in a directory, sorted by bytes, without "." and "..".
  virtual Result<std::vector<std::string>> list(const Path& directory) = 0;
  /// Does not follow a final symbolic link.
  virtual Result<FileInfo> info(const Path& path) = 0;
  virtual Result<std::string> read_link(const Path& link) = 0;
  /// Extended attributes (security.capability and user.* matter to us); does not follow a final
  /// link. Empty where the file system has none.
  virtual Result<std::map<std::string, Bytes>> attributes(const Path& path) = 0;
  /// Absolute, without links, "." or "..". NotFound if it does not exist.
  virtual Result<Path> resolve(const Path& path) = 0;
  /// Bytes free to an unprivileged writer on the file system that holds `path`.
  virtual Result<std::uint64_t> free_bytes(const Path& path) = 0;

  // Writing. A new file or directory gets `mode` exactly, whatever the umask.
  /// Creates or replaces (truncates) the content; an existing file keeps its mode. Lost at a power
  /// cut until synced.
  virtual Status write(const Path& file, ByteView content, std::uint32_t mode) = 0;
  /// Creates the file or continues it at its end; `truncate` starts it anew.
  virtual Result<std::unique_ptr<AppendFile>> append(const Path& file, std::uint32_t mode,
                                                     bool truncate) = 0;
  /// Conflict if it exists.
  virtual Status make_directory(const Path& directory, std::uint32_t mode) = 0;
  virtual Status make_symlink(const std::string& target, const Path& link) = 0;
  virtual Status make_hard_link(const Path& existing, const Path& link) = 0;
  /// A character device 0/0: in the upper layer of an overlay it stands for "nothing here". Denied
  /// without the privilege.
  virtual Status make_whiteout(const Path& path) = 0;
  /// A second file with the same content and metadata (mode; owner and attributes as far as
  /// permitted), sharing storage where the file system can (reflink), else copied. Conflict if `to`
  /// exists.
  virtual Status clone(const Path& from, const Path& to) = 0;
  virtual Status set_mode(const Path& path, std::uint32_t mode) = 0;
  /// Does not follow a final link.
  virtual Status set_owner(const Path& path, std::uint32_t uid, std::uint32_t gid) = 0;
  virtual Status set_attribute(const Path& path, const std::string& name, ByteView value) = 0;
  /// Atomic within one file system, replaces an existing file or link; sync the directory to make
  /// it last.
  virtual Status rename(const Path& from, const Path& to) = 0;
  /// A file or a link. NotFound if absent.
  virtual Status remove(const Path& file) = 0;
  /// An empty directory.
  virtual Status remove_directory(const Path& directory) = 0;

  // Lasting.
  /// A file's content and metadata, or a directory's entries.
  virtual Status sync(const Path& file_or_directory) = 0;
  /// Everything below `directory`, in one call (syncfs).
  virtual Status sync_tree(const Path& directory) = 0;
  /// Forgets cached content of `file`, so that the next read comes from the medium.
  virtual Status drop_cache(const Path& file) = 0;
};

// Built from the above; no effects of their own.
bool exists(FileSystem& disk, const Path& path);
/// The name under which a person's `target` is made before it is whole: beside it, and one that
/// nobody gives to anything, since what is left of an earlier try is removed without asking.
Path unfinished_name(const Path& target);
/// What `path` resolves to, also where its last parts do not exist yet.
Result<Path> resolve_ahead(FileSystem& disk, const Path& path);
/// Invalid where something is at `target` that is no regular file: a device, a link, a folder. A
/// person's file may be replaced, those may not.
Status check_replaceable(FileSystem& disk, const Path& target);
/// Creates `directory` and its missing parents with `mode`, and syncs each parent it changed.
Status make_directories(FileSystem& disk, const Path& directory, std::uint32_t mode);
/// Writes `file` so that a power cut leaves the old content or the new: NAME.partial, sync, rename,
/// sync directory.
Status replace_file(FileSystem& disk, const Path& file, ByteView content, std::uint32_t mode);
/// The same, and where the disk is full the file `reserve`, if it is there, is given up for it.
Status replace_file_spending(FileSystem& disk, const Path& file, ByteView content,
                             std::uint32_t mode, const Path& reserve);
/// Points the link at `target` so that a reader sees the old target or the new, never none.
Status replace_symlink(FileSystem& disk, const std::string& target, const Path& link);
/// Removes a directory and everything below it; no error if it is absent. Never follows links.
Status remove_tree(FileSystem& disk, const Path& directory);
/// Calls `visit(relative path, info)` for everything below `root`, parents before children, in byte
/// order of names. Does not follow links. Stops at the first error.
Status walk(FileSystem& disk, const Path& root,
            const std::function<Status(const Path& relative, const FileInfo&)>& visit);

}  // namespace interlude::sys
