// A process that was taken over tries what it may not. The kernel is the one that is tested here:
// real processes, locked in as the real ones are.

#include "sandbox/confine.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "sandbox/channel.hpp"
#include "sandbox/child.hpp"
#include "sandbox/messages.hpp"
#include "support/temporary_directory.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::sandbox {
namespace {

using namespace std::chrono_literals;
using sys::posix::UniqueFd;

/// What was tried, and the number of the error it met; 0: it worked.
using Outcomes = std::map<std::string, int>;

class Attempts {
 public:
  explicit Attempts(Channel& out) : out_(out) {}
  void note(std::string_view what, long returned) {
    const int number = returned < 0 ? errno : 0;
    (void)out_.send(
        Writer(Message::Working).text(what).number(static_cast<std::uint64_t>(number)).bytes());
  }

 private:
  Channel& out_;
};

/// Calls that nobody may make.
void try_everything_forbidden(Attempts& tried) {
  tried.note("fork", ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  tried.note("clone3", ::syscall(SYS_clone3, nullptr, 0));
  tried.note("execve", ::syscall(SYS_execve, "/bin/true", nullptr, nullptr));
  tried.note("execveat", ::syscall(SYS_execveat, AT_FDCWD, "/bin/true", nullptr, nullptr, 0));
  tried.note("io_uring_setup", ::syscall(SYS_io_uring_setup, 8, nullptr));
  tried.note("io_uring_enter", ::syscall(SYS_io_uring_enter, 0, 0, 0, 0, nullptr));
  tried.note("ptrace", ::syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, ::getppid(), 0, 0));
  tried.note("process_vm_readv", ::syscall(SYS_process_vm_readv, 1, nullptr, 0, nullptr, 0, 0));
  tried.note("pidfd_open", ::syscall(SYS_pidfd_open, 1, 0));
  tried.note("pidfd_getfd", ::syscall(SYS_pidfd_getfd, 0, 0, 0));
  tried.note("kill", ::syscall(SYS_kill, 1, 0));
  tried.note("bpf", ::syscall(SYS_bpf, 0, nullptr, 0));
  tried.note("unshare", ::syscall(SYS_unshare, 0));
  tried.note("setns", ::syscall(SYS_setns, 0, 0));
  tried.note("mount", ::syscall(SYS_mount, "", "/", "", 0, nullptr));
  tried.note("chroot", ::syscall(SYS_chroot, "/"));
  tried.note("setuid", ::syscall(SYS_setuid, 0));
  tried.note("openat2", ::syscall(SYS_openat2, AT_FDCWD, "/", nullptr, 0));
  tried.note("open_by_handle_at", ::syscall(SYS_open_by_handle_at, 0, nullptr, 0));
  tried.note("memfd_create", ::syscall(SYS_memfd_create, "x", 0));
  tried.note("keyctl", ::syscall(SYS_keyctl, 0, 0, 0, 0, 0));
  tried.note("perf_event_open", ::syscall(SYS_perf_event_open, nullptr, 0, 0, 0, 0));
  tried.note("userfaultfd", ::syscall(SYS_userfaultfd, 0));
  tried.note("mkdir", ::syscall(SYS_mkdirat, AT_FDCWD, "d", 0700));
  tried.note("symlink", ::syscall(SYS_symlinkat, "/etc/shadow", AT_FDCWD, "l"));
  tried.note("link", ::syscall(SYS_linkat, AT_FDCWD, "/etc/shadow", AT_FDCWD, "h", 0));
  tried.note("mknod", ::syscall(SYS_mknodat, AT_FDCWD, "p", S_IFIFO | 0600, 0));
  tried.note("chmod", ::syscall(SYS_fchmodat, AT_FDCWD, "/", 0777));
  tried.note("prctl", ::syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0));
}

void try_network(Attempts& tried, const sockaddr_in& forbidden) {
  tried.note("socket", ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
  tried.note("socket unix", ::syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
  tried.note("socketpair", ::syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, nullptr));
  tried.note("bind", ::syscall(SYS_bind, 3, &forbidden, sizeof forbidden));
  tried.note("listen", ::syscall(SYS_listen, 3, 1));
  tried.note("accept", ::syscall(SYS_accept4, 3, nullptr, nullptr, 0));
  tried.note("sendmmsg", ::syscall(SYS_sendmmsg, 3, nullptr, 0, 0));
  tried.note("sendto elsewhere",
             ::sendto(4, "x", 1, MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&forbidden),
                      sizeof forbidden));
  tried.note("sendto fast open", ::sendto(4, "x", 1, MSG_FASTOPEN, nullptr, 0));
  msghdr header{};
  header.msg_name = const_cast<sockaddr_in*>(&forbidden);
  header.msg_namelen = sizeof forbidden;
  tried.note("sendmsg fast open", ::sendmsg(4, &header, MSG_FASTOPEN));
}

class LockedIn : public testing::Test {
 protected:
  LockedIn() {
    for (const char* name : {"/library", "/library/metadata", "/library/incoming"}) {
      if (!disk_.make_directory(directory_.path() + name, 0755)) std::abort();
    }
    if (!disk_.write(library_ + "/state.json", as_bytes("state"), 0644)) std::abort();
    if (!disk_.write(library_ + "/metadata/root.json", as_bytes("root"), 0644)) std::abort();
    if (account_ && !(hand_over(library_ + "/metadata", *account_) &&
                      hand_over(library_ + "/incoming", *account_))) {
      std::abort();
    }
  }

  /// Runs `misbehave` in a child locked in as `role`, with a connected TCP socket as descriptor 4.
  Outcomes outcomes(Role role, const std::function<void(Attempts&)>& misbehave) {
    Confinement confinement{role, account_, library_, {}};
    if (role == Role::Verifier) {
      confinement.fence.writable = {library_ + "/metadata", library_ + "/incoming"};
    }
    if (role == Role::Connector) {
      confinement.root = "/";
      confinement.fence = {{"/etc", "/usr", "/lib"}, {}, true};
    }
    auto pair = Channel::make_pair();
    std::vector<UniqueFd> given;
    given.push_back(std::move(pair->second));
    given.push_back(connected());
    auto child = Child::start(std::move(given), [&](pid_t parent, std::vector<UniqueFd> mine) {
      Channel out(std::move(mine[0]));
      Attempts tried(out);
      const Status locked = confine(confinement, parent);
      if (!locked) return (void)out.send(as_bytes(locked.error().message()));
      misbehave(tried);
    });
    Channel in(std::move(pair->first));
    Outcomes all;
    while (true) {
      const auto received = in.receive(30s);
      if (!received) break;
      if (!*received) {
        ADD_FAILURE() << "the child hangs";
        break;
      }
      Reader reader((*received)->message, "child");
      const std::string what = reader.text();
      all[what] = static_cast<int>(reader.number());
      EXPECT_TRUE(reader.finish()) << to_text((*received)->message);
    }
    EXPECT_EQ(child->end(10s), "ended with exit code 0");
    EXPECT_FALSE(all.empty());
    return all;
  }

  UniqueFd connected() {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_), 0)
        << std::strerror(errno);
    allowed_ = UniqueFd(::accept(listener_.get(), nullptr, nullptr));
    return fd;
  }

  UniqueFd listen_somewhere() {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address_), size), 0);
    EXPECT_EQ(::listen(fd.get(), 4), 0);
    EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address_), &size), 0);
    return fd;
  }

  /// Whether anything keeps this process from files by their place.
  bool fenced() const { return account_.has_value() || landlock_version() > 0; }

  test::TemporaryDirectory directory_;
  sys::posix::FileSystem disk_;
  Path library_ = directory_.path() + "/library";
  std::optional<Account> account_ = unprivileged_account();
  sockaddr_in address_{};
  UniqueFd listener_ = listen_somewhere();
  UniqueFd allowed_;
};

void expect_all(const Outcomes& outcomes, int number) {
  for (const auto& [what, met] : outcomes) EXPECT_EQ(met, number) << what;
}

TEST_F(LockedIn, NobodyHasTheForbiddenCalls) {
  for (const Role role : {Role::Fetcher, Role::Verifier, Role::Connector}) {
    expect_all(outcomes(role, try_everything_forbidden), ENOSYS);
  }
}

TEST_F(LockedIn, FetcherOpensNothing) {
  const std::string inside = library_ + "/incoming/x";
  expect_all(
      outcomes(Role::Fetcher,
               [&](Attempts& tried) {
                 tried.note("shadow", ::open("/etc/shadow", O_RDONLY));
                 tried.note("passwd", ::open("/etc/passwd", O_RDONLY));
                 tried.note("self", ::open("/proc/self/maps", O_RDONLY));
                 tried.note("write", ::open("/tmp/interlude-escaped", O_WRONLY | O_CREAT, 0600));
                 tried.note("incoming", ::open(inside.c_str(), O_WRONLY | O_CREAT, 0600));
                 tried.note("incoming, relative", ::open("incoming/x", O_RDWR | O_CREAT, 0600));
                 tried.note("unlink", ::unlink("state.json"));
                 tried.note("rename", ::rename("state.json", "x"));
                 tried.note("truncate", ::truncate("state.json", 0));
               }),
      ENOSYS);
}

TEST_F(LockedIn, FetcherAndVerifierHaveNoNetwork) {
  for (const Role role : {Role::Fetcher, Role::Verifier}) {
    expect_all(outcomes(role, [&](Attempts& tried) { try_network(tried, address_); }), ENOSYS);
  }
}

TEST_F(LockedIn, FetcherConnectsNowhere) {
  const auto met = outcomes(Role::Fetcher, [&](Attempts& tried) {
    tried.note("connect",
               ::connect(4, reinterpret_cast<const sockaddr*>(&address_), sizeof address_));
    sockaddr_in none{};
    none.sin_family = AF_UNSPEC;
    tried.note("disconnect", ::connect(4, reinterpret_cast<const sockaddr*>(&none), sizeof none));
    tried.note("send", ::send(4, "x", 1, MSG_NOSIGNAL));
  });
  // libcurl must believe that it works; the next line shows that it does not.
  EXPECT_EQ(met.at("connect"), EINPROGRESS);
  pollfd another{listener_.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&another, 1, 100), 0) << "it connected";
  EXPECT_EQ(met.at("disconnect"), EINPROGRESS);
  EXPECT_EQ(met.at("send"), 0);
  std::array<char, 2> heard{};
  EXPECT_EQ(::recv(allowed_.get(), heard.data(), heard.size(), 0), 1) << "it was disconnected";
}

TEST_F(LockedIn, MemoryDoesNotBecomeCode) {
  for (const Role role : {Role::Fetcher, Role::Verifier}) {
    expect_all(outcomes(role,
                        [&](Attempts& tried) {
                          void* const code = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC,
                                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                          tried.note("mmap", code == MAP_FAILED ? -1 : 0);
                          void* const data = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                          tried.note("mprotect", ::mprotect(data, 4096, PROT_READ | PROT_EXEC));
                        }),
               ENOSYS);
  }
}

TEST_F(LockedIn, VerifierReachesItsTwoFoldersOnly) {
  if (!fenced()) GTEST_SKIP() << "neither root nor Landlock";
  const auto met = outcomes(Role::Verifier, [&](Attempts& tried) {
    const Path outside = parent_of(library_);
    tried.note("in: read", ::open("metadata/root.json", O_RDONLY));
    tried.note("in: write", ::open("metadata/new.json", O_WRONLY | O_CREAT, 0644));
    tried.note("in: rename", ::rename("metadata/new.json", "metadata/newer.json"));
    tried.note("in: grow", ::open("incoming/part", O_WRONLY | O_CREAT | O_APPEND, 0600));
    tried.note("in: remove", ::unlink("incoming/part"));
    tried.note("shadow", ::open("/etc/shadow", O_RDONLY));
    tried.note("shadow, upwards", ::open("../../../../../../etc/shadow", O_RDONLY));
    tried.note("hostname", ::open("/etc/hostname", O_RDONLY));
    tried.note("outside", ::open((outside + "/x").c_str(), O_WRONLY | O_CREAT, 0600));
    tried.note("tmp", ::open("/tmp/interlude-escaped", O_WRONLY | O_CREAT, 0600));
    tried.note("state: write", ::open("state.json", O_WRONLY));
    tried.note("state: remove", ::unlink("state.json"));
    tried.note("state: replace", ::rename("metadata/newer.json", "state.json"));
    tried.note("library: new file", ::open("new", O_WRONLY | O_CREAT, 0600));
  });
  for (const auto& [what, number] : met) {
    if (what.starts_with("in: ")) {
      EXPECT_EQ(number, 0) << what;
    } else {
      EXPECT_THAT(number, testing::AnyOf(EACCES, EPERM, ENOENT, EXDEV)) << what;
    }
  }
  EXPECT_EQ(to_text(*disk_.read(library_ + "/state.json", 10)), "state");
}

TEST_F(LockedIn, ConnectorWritesNothingAndReadsNoSecrets) {
  const auto met = outcomes(Role::Connector, [&](Attempts& tried) {
    tried.note("shadow", ::open("/etc/shadow", O_RDONLY));
    tried.note("write", ::open("/tmp/interlude-escaped", O_WRONLY | O_CREAT, 0600));
    tried.note("append", ::open((library_ + "/metadata/root.json").c_str(), O_RDWR | O_APPEND));
    tried.note("unlink", ::unlink((library_ + "/metadata/root.json").c_str()));
    tried.note("hosts", ::open("/etc/hosts", O_RDONLY));
  });
  EXPECT_EQ(met.at("write"), ENOSYS);
  EXPECT_EQ(met.at("append"), ENOSYS);
  EXPECT_EQ(met.at("unlink"), ENOSYS);
  EXPECT_EQ(met.at("hosts"), ::access("/etc/hosts", R_OK) == 0 ? 0 : ENOENT);
  EXPECT_THAT(met.at("shadow"), testing::AnyOf(EACCES, ENOENT));
}

TEST_F(LockedIn, KeepsNoOtherDescriptorAndNoRights) {
  const UniqueFd low(::open("/etc/passwd", O_RDONLY));
  const UniqueFd secret(::fcntl(low.get(), F_DUPFD, 50));
  const auto met = outcomes(Role::Fetcher, [&](Attempts& tried) {
    tried.note("secret", ::fcntl(secret.get(), F_GETFD));
    tried.note("input", ::fcntl(0, F_GETFD));
  });
  EXPECT_EQ(met.at("secret"), EBADF);
  EXPECT_EQ(met.at("input"), 0);
}

TEST(Child, IsWaitedForAndLeavesNoZombie) {
  auto pair = Channel::make_pair();
  std::vector<UniqueFd> given;
  given.push_back(std::move(pair->second));
  pid_t pid = 0;
  {
    auto child = Child::start(std::move(given), [](pid_t, std::vector<UniqueFd> mine) {
      Channel channel(std::move(mine[0]));
      (void)channel.receive(-1ms);
    });
    ASSERT_TRUE(child);
    pid = child->pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
  EXPECT_EQ(errno, ESRCH);
}

}  // namespace
}  // namespace interlude::sandbox
