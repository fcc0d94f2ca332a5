#include "sandbox/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sys/posix/unique_fd.hpp"

namespace interlude::sandbox {
namespace {

using sys::posix::UniqueFd;

/// As of version 6; Debian 12's header ends at 2. A kernel takes the part it knows.
struct Attributes {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scoped = 0;
};

constexpr std::uint64_t kRefer = 1U << 13U;     // version 2
constexpr std::uint64_t kTruncate = 1U << 14U;  // version 3
constexpr std::uint64_t kIoctl = 1U << 15U;     // version 5
constexpr std::uint64_t kBindTcp = 1U << 0U;    // version 4
constexpr std::uint64_t kConnectTcp = 1U << 1U;
constexpr std::uint64_t kScopes = 3;  // version 6: abstract sockets, signals

constexpr std::uint64_t kRead =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
                                 LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                 LANDLOCK_ACCESS_FS_REMOVE_FILE | kTruncate;
constexpr std::uint64_t kFirstVersion = (1U << 13U) - 1;

Attributes all_of(int version, bool connects) {
  Attributes all;
  all.files = kFirstVersion;
  if (version >= 2) all.files |= kRefer;
  if (version >= 3) all.files |= kTruncate;
  if (version >= 5) all.files |= kIoctl;
  if (version >= 4) all.network = connects ? kBindTcp : kBindTcp | kConnectTcp;
  if (version >= 6) all.scoped = kScopes;
  return all;
}

std::size_t size_for(int version) {
  if (version >= 6) return sizeof(Attributes);
  return version >= 4 ? offsetof(Attributes, scoped) : offsetof(Attributes, network);
}

Status allow(int rules, const Path& path, std::uint64_t access) {
  const UniqueFd parent(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!parent) return {};
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = parent.get();
  if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return std::unexpected(errno_error("adding " + path + " to the Landlock rules"));
  }
  return {};
}

}  // namespace

int landlock_version() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return static_cast<int>(std::max(version, 0L));
}

Status put_up(const Fence& fence) {
  const int version = landlock_version();
  if (version == 0) return {};
  const Attributes all = all_of(version, fence.connects);
  const UniqueFd rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, size_for(version), 0)));
  if (!rules) return std::unexpected(errno_error("making Landlock rules"));
  for (const Path& path : fence.readable) {
    const Status added = allow(rules.get(), path, kRead & all.files);
    if (!added) return added;
  }
  for (const Path& path : fence.writable) {
    const Status added = allow(rules.get(), path, kWrite & all.files);
    if (!added) return added;
  }
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) {
    return std::unexpected(errno_error("putting up the Landlock rules"));
  }
  return {};
}

}  // namespace interlude::sandbox
