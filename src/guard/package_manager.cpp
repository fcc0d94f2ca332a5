#include "guard/package_manager.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <set>

#include "overlay/facts.hpp"
#include "overlay/kernel_mounts.hpp"
#include "overlay/leases.hpp"
#include "overlay/switcher.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/unique_fd.hpp"
#include "sys/say.hpp"

namespace interlude::guard {
namespace {

using sys::posix::UniqueFd;

constexpr int kCannotRun = 127;
constexpr int kSignalled = 128;

/// The process `name` among our ancestors.
std::optional<int> ancestor_named(std::string_view name) {
  for (std::optional<int> pid = ::getppid(); pid; pid = overlay::parent_of_process(*pid)) {
    if (overlay::program_of(*pid) == name) return pid;
  }
  return std::nullopt;
}

/// Or a second: what it holds it may give up before.
void wait_for_end_of(int pid) {
  constexpr int kSecond = 1000;
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process && errno == ESRCH && overlay::program_of(pid).empty()) return;  // it has ended
  pollfd watched{process.get(), POLLIN, 0};
  (void)::poll(&watched, 1, kSecond);  // a signal only makes it shorter
}

/// A process of its own, in no session of anybody's, that comes back when all is over. A second one
/// waits for the first: what that one saw may have been before this package manager began.
Status leave_behind(const Layout& layout) {
  const pid_t child = ::fork();
  if (child < 0) return std::unexpected(errno_error("starting a process"));
  if (child > 0) {
    (void)::waitpid(child, nullptr, 0);
    return {};
  }
  // Forked twice, so that nobody waits for it; no descriptor of the package manager's stays open.
  (void)::setsid();
  if (::fork() != 0) ::_exit(0);
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd <= 2; ++fd) (void)::dup2(null, fd);
  (void)::close_range(3, ~0U, 0);
  (void)::chdir("/");
  ::_exit(come_back(layout) ? 0 : 1);
}

/// Whether /proc tells of the processes that this one knows by number: not in a container's process
/// namespace that works on the host's files.
bool knows_processes() {
  sys::posix::FileSystem disk;
  const auto self = disk.read_link("/proc/self");
  return self && *self == std::to_string(::getpid());
}

Status aside(const Layout& layout, int pid, overlay::LeaseEnds ends) {
  sys::posix::FileSystem disk;
  overlay::KernelMounts mounts(layout);
  overlay::Switcher switcher(disk, mounts, layout);
  const auto others = overlay::live_leases(layout);
  if (const Status leased = overlay::open_lease(layout, pid, ends); !leased) return leased;
  const Status stepped = switcher.step_aside();
  // Already now: where whoever is to come back is killed together with the package manager, as the
  // processes of a service are, the agent does it. Once is enough for an apt that calls many dpkgs.
  if (!others || others->empty()) (void)switcher.ask_for_look();
  return stepped;
}

/// Whether anything of ours can be in sight at all.
bool is_provisioned(const Layout& layout) {
  sys::posix::FileSystem disk;
  return sys::exists(disk, layout.active());
}

/// Steps aside for process `pid`, and leaves behind who comes back.
Status lend(const Layout& layout, int pid, overlay::LeaseEnds ends) {
  if (!is_provisioned(layout)) return {};
  sys::posix::FileSystem disk;
  const Status made = sys::make_directories(disk, layout.running(), kDirectoryMode);
  if (!made) return made;
  if (!knows_processes()) {
    overlay::KernelMounts mounts(layout);
    return overlay::Switcher(disk, mounts, layout).ask_for_look();
  }
  const Status stepped = aside(layout, pid, ends);
  const Status left = leave_behind(layout);
  return stepped ? left : stepped;
}

/// Whether a package manager is among our ancestors: its end may not be waited for, it waits for
/// ours.
Result<bool> is_nested(const Layout& layout) {
  std::set<int> ancestors;
  for (std::optional<int> pid = ::getppid(); pid; pid = overlay::parent_of_process(*pid)) {
    ancestors.insert(*pid);
  }
  const auto holder = overlay::holder_of_package_locks(layout);
  if (holder && ancestors.contains(*holder)) return true;
  const auto leases = overlay::live_leases(layout);
  if (!leases) return std::unexpected(leases.error());
  return std::ranges::any_of(
      *leases, [&](const overlay::Lessee& each) { return ancestors.contains(each.pid); });
}

}  // namespace

Status before_packages(const Layout& layout) {
  if (const char* const other = std::getenv("DPKG_ROOT"); other != nullptr && *other != '\0') {
    return {};  // it works on another system's files
  }
  const int dpkg = ancestor_named("dpkg").value_or(::getppid());
  return lend(layout, dpkg, overlay::LeaseEnds::WithProcess);
}

Status before_apt(const Layout& layout) {
  const auto apt = overlay::holder_of_package_locks(layout);
  // Where apt was told to lock nothing, dpkg's own hook must do.
  return apt ? lend(layout, *apt, overlay::LeaseEnds::WithLock) : Status();
}

Status after_packages(const Layout& layout) {
  const auto dpkg = ancestor_named("dpkg");
  return dpkg ? overlay::end_lease(layout, *dpkg) : Status();
}

Status come_back(const Layout& layout) {
  const Path file = join(layout.running(), "come-back.lock");
  const UniqueFd only(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  // Whoever could open it could hold it, and keep the system on its baseline.
  if (!only || ::fchmod(only.get(), 0600) != 0)
    return std::unexpected(errno_error("locking " + file));
  while (::flock(only.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return std::unexpected(errno_error("locking " + file));
  }
  for (;;) {
    const auto leases = overlay::live_leases(layout);
    if (!leases) return std::unexpected(leases.error());
    if (!leases->empty()) {
      wait_for_end_of(leases->front().pid);
      continue;
    }
    const auto holder = overlay::holder_of_package_locks(layout);
    if (!holder) break;
    wait_for_end_of(*holder);
  }
  sys::posix::FileSystem disk;
  overlay::KernelMounts mounts(layout);
  overlay::Switcher switcher(disk, mounts, layout);
  const auto on = switcher.current();
  if (!on) return std::unexpected(on.error());
  const auto pinned = mounts.pin();
  if (!pinned) return std::unexpected(pinned.error());
  // The agent looks in any case: a service may have started on the old files meanwhile.
  const Status asked = switcher.ask_for_look();
  if (*on != kBaseline && !overlay::facts_hold(disk, layout, *pinned, *on)) return asked;
  const Status shown = switcher.settle();
  return shown ? asked : shown;
}

Result<int> unlocked(const Layout& layout, const std::vector<std::string>& command) {
  if (const Status stepped = aside(layout, ::getpid(), overlay::LeaseEnds::WithProcess); !stepped) {
    (void)overlay::end_lease(layout, ::getpid());  // and what was taken off comes back
    (void)come_back(layout);
    return std::unexpected(stepped.error());
  }
  const pid_t child = ::fork();
  if (child < 0) return std::unexpected(errno_error("starting a process"));
  if (child == 0) {
    std::vector<char*> arguments;
    for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
    arguments.push_back(nullptr);
    (void)::execvp(arguments.front(), arguments.data());
    sys::say(stderr,
             "interlude-guard: " + errno_error("running " + command.front()).message() + "\n");
    ::_exit(kCannotRun);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (const Status ended = overlay::end_lease(layout, ::getpid()); !ended) {
    return std::unexpected(ended.error());
  }
  const auto nested = is_nested(layout);
  if (!nested) return std::unexpected(nested.error());
  const Status back = *nested ? leave_behind(layout) : come_back(layout);
  if (!back) return std::unexpected(back.error());
  return WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace interlude::guard
