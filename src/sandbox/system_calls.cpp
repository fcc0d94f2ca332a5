// Lists of what is allowed, so that what is forgotten is forbidden. They hold what glibc 2.36,
// OpenSSL 3.0, libcurl 7.88 and the sanitizers' run-time library call on Linux, x86-64 and arm64.

#include "sandbox/system_calls.hpp"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

namespace interlude::sandbox {
namespace {

using Calls = std::span<const std::string_view>;

/// Memory, time, waiting, and descriptors that are open already. A pipe leads nowhere but back; the
/// sanitizer of undefined behaviour asks by one whether memory is there.
constexpr std::string_view kEverybody[] = {
    "brk",           "clock_getres",
    "clock_gettime", "clock_nanosleep",
    "close",         "exit",
    "exit_group",    "futex",
    "getpid",        "getrandom",
    "gettid",        "gettimeofday",
    "lseek",         "madvise",
    "mremap",        "munmap",
    "nanosleep",     "pipe2",
    "poll",          "ppoll",
    "pread64",       "read",
    "readv",         "recvfrom",
    "recvmsg",       "restart_syscall",
    "rt_sigaction",  "rt_sigprocmask",
    "rt_sigreturn",  "sched_yield",
    "sigaltstack",   "write",
    "writev",
};

constexpr std::string_view kFetcherCalls[] = {"getpeername", "getsockname", "getsockopt",
                                              "setsockopt", "shutdown"};

constexpr std::string_view kVerifierCalls[] = {
    "fadvise64",  "fchmod", "fdatasync",  "fstat", "fsync",  "ftruncate",
    "getdents64", "lstat",  "newfstatat", "open",  "openat", "renameat",
    "renameat2",  "rename", "stat",       "statx", "unlink", "unlinkat",
};

/// Names are resolved by modules that are loaded when asked, and that read files and talk to local
/// services, each in its own way.
constexpr std::string_view kConnectorCalls[] = {"access",
                                                "bind",
                                                "connect",
                                                "dup",
                                                "epoll_create1",
                                                "epoll_ctl",
                                                "epoll_wait",
                                                "epoll_pwait",
                                                "eventfd2",
                                                "faccessat",
                                                "faccessat2",
                                                "fstat",
                                                "fstatfs",
                                                "getdents64",
                                                "getegid",
                                                "geteuid",
                                                "getgid",
                                                "getpeername",
                                                "getsockname",
                                                "getsockopt",
                                                "getuid",
                                                "lstat",
                                                "mmap",
                                                "mprotect",
                                                "newfstatat",
                                                "pipe2",
                                                "prlimit64",
                                                "readlink",
                                                "readlinkat",
                                                "recvmmsg",
                                                "rseq",
                                                "sendmmsg",
                                                "sendmsg",
                                                "sendto",
                                                "set_robust_list",
                                                "setsockopt",
                                                "shutdown",
                                                "socket",
                                                "socketpair",
                                                "stat",
                                                "statfs",
                                                "statx",
                                                "sysinfo",
                                                "timerfd_create",
                                                "timerfd_settime",
                                                "uname"};

/// Rules being gathered; the first error is kept.
class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), seccomp_release) {
    if (!context_) error_ = ENOMEM;
    // A search tree instead of a list: these filters are passed at every call.
    if (context_) (void)seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  }

  /// Calls that this architecture does not have are left out.
  void allow(Calls names) {
    for (const std::string_view name : names) add(name, {});
  }
  void allow(std::string_view name, std::initializer_list<scmp_arg_cmp> only_with) {
    add(name, only_with);
  }

  /// Not made, but fails with another number.
  void refuse(std::string_view name, int number) {
    add(name, {}, SCMP_ACT_ERRNO(static_cast<unsigned>(number)));
  }

  Status load() {
    if (error_ == 0) error_ = -seccomp_load(context_.get());
    if (error_ == 0) return {};
    return std::unexpected(errno_error("limiting the system calls", error_));
  }

 private:
  void add(std::string_view name, std::initializer_list<scmp_arg_cmp> only_with,
           std::uint32_t action = SCMP_ACT_ALLOW) {
    if (error_ != 0) return;
    const int number = seccomp_syscall_resolve_name(name.data());
    if (number < 0) return;
    const int added = seccomp_rule_add_array(
        context_.get(), action, number, static_cast<unsigned>(only_with.size()), only_with.begin());
    if (added != 0) error_ = -added;
  }

  std::unique_ptr<void, void (*)(void*)> context_;
  int error_ = 0;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp without(unsigned argument, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

constexpr std::uint64_t kToWrite = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

/// Memory never becomes code.
void allow_data_memory(Filter& filter) {
  filter.allow("mmap", {without(2, PROT_EXEC)});
  filter.allow("mprotect", {without(2, PROT_EXEC)});
}

/// Messages over what is connected, to no address of their own. An address would matter where
/// sending connects: MSG_FASTOPEN.
void allow_sending(Filter& filter) {
  constexpr auto kOthers = ~static_cast<std::uint32_t>(MSG_NOSIGNAL | MSG_DONTWAIT);
  filter.allow("sendto", {without(3, kOthers), equals(4, 0)});
  filter.allow("sendmsg", {without(2, kOthers)});
}

void allow_descriptor_flags(Filter& filter) {
  for (const int command : {F_GETFL, F_SETFL, F_GETFD, F_SETFD}) {
    filter.allow("fcntl", {equals(1, static_cast<std::uint64_t>(command))});
  }
}

}  // namespace

Status limit_system_calls(Role role) {
  Filter filter;
  filter.allow(kEverybody);
  allow_descriptor_flags(filter);
  switch (role) {
    case Role::Fetcher:
      filter.allow(kFetcherCalls);
      // libcurl 7.88 connects again what it is given as connected, and must believe that it works.
      filter.refuse("connect", EINPROGRESS);
      filter.allow("ioctl", {equals(1, FIONBIO)});
      allow_data_memory(filter);
      allow_sending(filter);
      break;
    case Role::Verifier:
      filter.allow(kVerifierCalls);
      allow_data_memory(filter);
      allow_sending(filter);
      break;
    case Role::Connector:
      filter.allow(kConnectorCalls);
      filter.allow("open", {without(1, kToWrite)});
      filter.allow("openat", {without(2, kToWrite)});
      filter.allow("ioctl", {equals(1, FIONREAD)});
      filter.allow("ioctl", {equals(1, FIONBIO)});
      break;
  }
  return filter.load();
}

}  // namespace interlude::sandbox
