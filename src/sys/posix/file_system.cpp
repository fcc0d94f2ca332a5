#include "sys/posix/file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include "sys/path_error.hpp"
#include "sys/posix/attributes.hpp"
#include "sys/posix/open_file.hpp"

namespace interlude::sys::posix {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

Status outcome(int returned, std::string_view activity, const Path& path) {
  if (returned != 0) return std::unexpected(path_error(activity, path));
  return {};
}

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::Regular;
  if (S_ISDIR(mode)) return FileType::Directory;
  if (S_ISLNK(mode)) return FileType::Symlink;
  if (S_ISCHR(mode) || S_ISBLK(mode)) return FileType::Device;
  return FileType::Other;
}

/// Shares the storage where the file system can, else copies inside the kernel, else through
/// memory.
Status copy_content(const OpenFile& from, int to, const Path& path) {
  if (::ioctl(to, FICLONE, from.fd.get()) == 0) return {};
  constexpr std::size_t kPiece = std::size_t{1} << 20U;
  bool in_kernel = true;
  Bytes piece;
  while (true) {
    ssize_t moved = -1;
    if (in_kernel) {
      moved = ::copy_file_range(from.fd.get(), nullptr, to, nullptr, kPiece, 0);
      if (moved < 0 && errno != EINTR && errno != ENOSPC && errno != EIO) {
        in_kernel = false;
        continue;
      }
    } else {
      piece.resize(kPiece);
      moved = ::read(from.fd.get(), piece.data(), piece.size());
      if (moved > 0) {
        const ByteView got = ByteView(piece).first(static_cast<std::size_t>(moved));
        if (const Status written = write_all(to, got, path); !written) return written;
      }
    }
    if (moved < 0 && errno == EINTR) continue;
    if (moved < 0) return std::unexpected(path_error("copying to", path));
    if (moved == 0) return {};
  }
}

/// Owner and attributes as far as we may; the mode always. In this order: a change of owner clears
/// setuid bits and capabilities.
Status copy_metadata(const OpenFile& from, const Path& source, int to, const Path& path) {
  const bool owned = ::fchown(to, from.status.st_uid, from.status.st_gid) == 0;
  if (!owned && errno != EPERM) return std::unexpected(path_error("setting the owner of", path));
  const Result<std::map<std::string, Bytes>> attributes = read_attributes(source);
  if (!attributes) return std::unexpected(attributes.error());
  for (const auto& [name, value] : *attributes) {
    const Status set = write_attribute(path, name, value);
    if (!set && set.error().kind() != ErrorKind::Denied) return set;
  }
  return outcome(::fchmod(to, from.status.st_mode & kModeBits), "setting the mode of", path);
}

}  // namespace

Result<Bytes> FileSystem::read(const Path& file, std::uint64_t limit_bytes) {
  const Result<OpenFile> opened = open_regular(file);
  if (!opened) return std::unexpected(opened.error());
  const auto size = static_cast<std::uint64_t>(opened->status.st_size);
  if (size > limit_bytes) {
    return fail(ErrorKind::NoSpace, "reading " + file + ": " + std::to_string(size) +
                                        " bytes, at most " + std::to_string(limit_bytes) +
                                        " expected");
  }
  Bytes content(size);
  const Result<std::size_t> got = read_at(opened->fd.get(), 0, content, file);
  if (!got) return std::unexpected(got.error());
  content.resize(*got);
  return content;
}

Result<std::unique_ptr<ReadFile>> FileSystem::open(const Path& file) {
  Result<OpenFile> opened = open_regular(file);
  if (!opened) return std::unexpected(opened.error());
  return make_read_file(std::move(*opened), file);
}

Result<std::unique_ptr<ReadFile>> FileSystem::open_beneath(const Path& directory,
                                                           const Path& relative) {
  const UniqueFd folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return std::unexpected(path_error("opening", directory));
  Result<OpenFile> opened = open_regular_beneath(folder.get(), relative);
  if (!opened) return std::unexpected(opened.error().during(directory));
  return make_read_file(std::move(*opened), join(directory, relative));
}

Result<std::vector<std::string>> FileSystem::list(const Path& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (!stream) return std::unexpected(path_error("listing", directory));
  std::vector<std::string> names;
  while (true) {
    errno = 0;
    const dirent* const entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return std::unexpected(path_error("listing", directory));
  std::ranges::sort(names);
  return names;
}

Result<FileInfo> FileSystem::info(const Path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    return std::unexpected(path_error("looking at", path));
  }
  return FileInfo{type_of(status.st_mode),
                  status.st_mode & kModeBits,
                  status.st_uid,
                  status.st_gid,
                  static_cast<std::uint64_t>(status.st_size),
                  status.st_dev,
                  status.st_ino,
                  status.st_nlink,
                  std::int64_t{status.st_ctim.tv_sec} * kNanoseconds + status.st_ctim.tv_nsec};
}

Result<std::string> FileSystem::read_link(const Path& link) {
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  if (length < 0) return std::unexpected(path_error("reading link", link));
  target.resize(static_cast<std::size_t>(length));
  return target;
}

Result<std::map<std::string, Bytes>> FileSystem::attributes(const Path& path) {
  return read_attributes(path);
}

Result<Path> FileSystem::resolve(const Path& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), ::free);
  if (!real) return std::unexpected(path_error("resolving", path));
  return Path(real.get());
}

Result<std::uint64_t> FileSystem::free_bytes(const Path& path) {
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) {
    return std::unexpected(path_error("asking for free space at", path));
  }
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

Status FileSystem::write(const Path& file, ByteView content, std::uint32_t mode) {
  const Result<OpenFile> opened = open_for_writing(file, mode, true);
  if (!opened) return std::unexpected(opened.error());
  return write_all(opened->fd.get(), content, file);
}

Result<std::unique_ptr<AppendFile>> FileSystem::append(const Path& file, std::uint32_t mode,
                                                       bool truncate) {
  Result<OpenFile> opened = open_for_writing(file, mode, truncate);
  if (!opened) return std::unexpected(opened.error());
  return make_append_file(std::move(*opened), file);
}

Status FileSystem::make_directory(const Path& directory, std::uint32_t mode) {
  constexpr mode_t kPrivate = 0700;
  const Status made = outcome(::mkdir(directory.c_str(), kPrivate), "making directory", directory);
  return made ? set_mode(directory, mode) : made;
}

Status FileSystem::make_whiteout(const Path& path) {
  return outcome(::mknod(path.c_str(), S_IFCHR, 0), "marking as deleted", path);
}

Status FileSystem::make_symlink(const std::string& target, const Path& link) {
  return outcome(::symlink(target.c_str(), link.c_str()), "making link", link);
}

Status FileSystem::make_hard_link(const Path& existing, const Path& link) {
  return outcome(::link(existing.c_str(), link.c_str()), "linking " + existing + " as", link);
}

Status FileSystem::clone(const Path& from, const Path& to) {
  const Result<OpenFile> source = open_regular(from);
  if (!source) return std::unexpected(source.error());
  constexpr mode_t kPrivate = 0600;
  const UniqueFd target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kPrivate));
  if (!target) return std::unexpected(path_error("creating", to));
  Status copied = copy_content(*source, target.get(), to);
  if (copied) copied = copy_metadata(*source, from, target.get(), to);
  if (!copied) (void)remove(to);  // the first error is the one to report
  return copied;
}

Status FileSystem::set_mode(const Path& path, std::uint32_t mode) {
  return outcome(::chmod(path.c_str(), mode & kModeBits), "setting the mode of", path);
}

Status FileSystem::set_owner(const Path& path, std::uint32_t uid, std::uint32_t gid) {
  return outcome(::lchown(path.c_str(), uid, gid), "setting the owner of", path);
}

Status FileSystem::set_attribute(const Path& path, const std::string& name, ByteView value) {
  return write_attribute(path, name, value);
}

Status FileSystem::rename(const Path& from, const Path& to) {
  return outcome(::rename(from.c_str(), to.c_str()), "renaming " + from + " to", to);
}

Status FileSystem::remove(const Path& file) {
  return outcome(::unlink(file.c_str()), "removing", file);
}

Status FileSystem::remove_directory(const Path& directory) {
  return outcome(::rmdir(directory.c_str()), "removing directory", directory);
}

Status FileSystem::sync(const Path& file_or_directory) {
  const UniqueFd fd(::open(file_or_directory.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return std::unexpected(path_error("opening", file_or_directory));
  return outcome(::fsync(fd.get()), "syncing", file_or_directory);
}

Status FileSystem::sync_tree(const Path& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return std::unexpected(path_error("opening", directory));
  return outcome(::syncfs(fd.get()), "syncing", directory);
}

Status FileSystem::drop_cache(const Path& file) {
  const Result<OpenFile> opened = open_regular(file);
  if (!opened) return std::unexpected(opened.error());
  const int number = ::posix_fadvise(opened->fd.get(), 0, 0, POSIX_FADV_DONTNEED);
  if (number != 0) return std::unexpected(path_error("dropping the cache of", file, number));
  return {};
}

}  // namespace interlude::sys::posix
