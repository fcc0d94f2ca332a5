#include "sys/posix/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "sys/path_error.hpp"

namespace interlude::sys::posix {
namespace {

/// Whoever can open it can hold it.
constexpr mode_t kMode = 0600;

/// The process number that the holder wrote; empty while it has not yet.
std::string holder_of(int fd) {
  std::array<char, 20> text{};
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  std::string number;
  for (ssize_t i = 0; i < got && text[static_cast<std::size_t>(i)] != '\n'; ++i) {
    number.push_back(text[static_cast<std::size_t>(i)]);
  }
  return number;
}

bool write_holder(int fd) {
  const std::string line = std::to_string(::getpid()) + "\n";
  return ::ftruncate(fd, 0) == 0 &&
         ::pwrite(fd, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size());
}

}  // namespace

Result<LockFile> LockFile::acquire(const Path& file) {
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (!fd) return std::unexpected(path_error("locking", file));
  struct stat status {};
  const bool is_open_to_others = ::fstat(fd.get(), &status) == 0 && (status.st_mode & 0077U) != 0;
  // Of somebody else's file it cannot be changed, and then that one decides.
  if (is_open_to_others) (void)!::fchmod(fd.get(), kMode);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return std::unexpected(path_error("locking", file));
    const std::string holder = holder_of(fd.get());
    return fail(ErrorKind::Conflict,
                file + " is held by " + (holder.empty() ? "another process" : "process " + holder));
  }
  // The number only serves the message above: a full disk must not keep anybody from the lock.
  (void)write_holder(fd.get());
  return LockFile(std::move(fd));
}

}  // namespace interlude::sys::posix
