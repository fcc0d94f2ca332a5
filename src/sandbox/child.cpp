#include "sandbox/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace interlude::sandbox {
namespace {

using sys::posix::UniqueFd;

constexpr int kFirst = STDERR_FILENO + 1;

void meet_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_IGN;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) {
    ::sigaction(signal, &action, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Leaves the descriptors `given` as numbers 3, 4, …, /dev/null below, and nothing else.
bool keep_only(const std::vector<UniqueFd>& given) {
  const int count = static_cast<int>(given.size());
  // Out of the way first: one of them may have the number that another one is to get.
  std::vector<int> aside;
  for (const UniqueFd& each : given) {
    aside.push_back(::fcntl(each.get(), F_DUPFD, kFirst + count));
    if (aside.back() < 0) return false;
  }
  for (int i = 0; i < count; ++i) {
    if (::dup2(aside[static_cast<std::size_t>(i)], kFirst + i) < 0) return false;
  }
  const int nothing = ::open("/dev/null", O_RDWR);
  if (nothing < 0) return false;
  for (int standard = 0; standard < kFirst; ++standard) {
    if (::dup2(nothing, standard) < 0) return false;
  }
  return ::syscall(SYS_close_range, kFirst + count, ~0U, 0) == 0;
}

[[noreturn]] void live(pid_t parent, const std::vector<UniqueFd>& given, const Child::Body& body) {
  meet_signals();
  if (!keep_only(given)) ::_exit(1);
  std::vector<UniqueFd> kept;
  for (std::size_t i = 0; i < given.size(); ++i) kept.emplace_back(kFirst + static_cast<int>(i));
  body(parent, std::move(kept));
  ::_exit(0);
}

}  // namespace

Result<Child> Child::start(std::vector<UniqueFd> given, const Body& body) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected(errno_error("starting a process"));
  if (pid == 0) live(parent, given, body);
  return Child(pid);
}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
  }
  return *this;
}

std::string Child::end(std::chrono::milliseconds grace) {
  if (pid_ < 0) return "";
  const pid_t pid = std::exchange(pid_, -1);
  const UniqueFd ending(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd waiting{ending.get(), POLLIN, 0};
  (void)::poll(&waiting, 1, static_cast<int>(grace.count()));  // what comes of it, waitpid() says
  // No harm where it has ended already: until it is waited for, the number is its own.
  ::kill(pid, SIGKILL);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return "";
  }
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace interlude::sandbox
