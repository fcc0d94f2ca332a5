#include "sandbox/account.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string_view>

#include "base/layout.hpp"
#include "sys/path_error.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::sandbox {
namespace {

using sys::posix::UniqueFd;

constexpr std::string_view kName = "_interlude";
constexpr Account kNobodyElse{65533, 65533};

/// Read from the file itself: asking the name service would load its modules into a process that
/// is root.
std::optional<Account> find_account() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/etc/passwd", "re"),
                                                             std::fclose);
  if (!file) return std::nullopt;
  while (const passwd* const entry = ::fgetpwent(file.get())) {
    if (entry->pw_name == kName && entry->pw_uid != 0) return Account{entry->pw_uid, entry->pw_gid};
  }
  return std::nullopt;
}

/// Through a descriptor, so that what is looked at is what is changed.
Status hand_over_file(int directory, const char* name, const Account& account) {
  const UniqueFd fd(
      ::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) return {};
  if (!S_ISREG(status.st_mode) || status.st_nlink != 1) return {};
  if (::fchown(fd.get(), account.uid, account.gid) != 0 || ::fchmod(fd.get(), kFileMode) != 0) {
    return std::unexpected(sys::path_error("giving away", name));
  }
  return {};
}

}  // namespace

std::optional<Account> unprivileged_account() {
  if (::geteuid() != 0) return std::nullopt;
  return find_account().value_or(kNobodyElse);
}

Status hand_over(const Path& directory, const Account& account) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0) {
    return std::unexpected(sys::path_error("opening", directory));
  }
  // Its owner may have locked itself out.
  if (::fchmod(fd.get(), kDirectoryMode) != 0) {
    return std::unexpected(sys::path_error("opening up", directory));
  }
  if (status.st_uid == account.uid && status.st_gid == account.gid) return {};
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::opendir(directory.c_str()), ::closedir);
  if (!list) return std::unexpected(sys::path_error("listing", directory));
  while (const dirent* const entry = ::readdir(list.get())) {
    const Status given = hand_over_file(fd.get(), entry->d_name, account);
    if (!given) return std::unexpected(given.error().during(directory));
  }
  // Last: until then the next start does it all again.
  if (::fchown(fd.get(), account.uid, account.gid) != 0) {
    return std::unexpected(sys::path_error("giving away", directory));
  }
  return {};
}

}  // namespace interlude::sandbox
