// interlude-agent WORKER ROOT [OPTION…]: the part of the agent that stays in memory.
//
// It knows nothing about improvements. It starts `WORKER agent --once …`, which polls if a poll is
// due and says on its standard output when to come again ("next SECONDS"), and sleeps until then:
// one wake-up a poll. When somebody asks for a look at the system's files it starts one, too. When
// an address appears on the machine, perhaps after it slept, it starts one with --new-network. No
// network, cryptography or JSON library is in here: merely initialising those costs more memory
// than all of this.
//
// A bad library may keep every new program from starting, the worker among them. Where that happens
// twice while a generation is on probation, this program, which has the old libraries in memory,
// has interlude-guard go back: that is static, and needs none.

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/layout.hpp"
#include "sys/file_system.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/lock.hpp"
#include "sys/posix/unique_fd.hpp"

namespace {

using interlude::Error;
using interlude::ErrorKind;
using interlude::Path;
using interlude::Result;
using interlude::sys::posix::LockFile;
using interlude::sys::posix::UniqueFd;
using std::chrono::seconds;

// docs/EXIT-CODES.md
constexpr int kInternal = 1;
constexpr int kInvalid = 2;
constexpr int kConflict = 9;

/// Where a worker ended without saying when to come again.
constexpr seconds kAfterCrash = std::chrono::minutes(15);
constexpr std::size_t kLongestAnswer = 4096;
/// Where it died: a second try tells a hiccup from a bad library.
constexpr seconds kAfterDeath{2};
/// Whatever a worker says: between two of them there is time for others.
constexpr seconds kShortestPause{1};
constexpr int kDeathsToGoBack = 2;
constexpr std::uint64_t kLargestRecord = 4U << 20U;

struct Arguments {
  std::string worker;
  std::string root;
  std::vector<std::string> options;
};

Result<LockFile> hold_agent_lock(const std::string& root) {
  interlude::sys::posix::FileSystem disk;
  const Path running = interlude::join(root, "run/interlude");
  if (const auto made = interlude::sys::make_directories(disk, running, 0755); !made) {
    return std::unexpected(made.error());
  }
  return LockFile::acquire(interlude::join(running, "agent.lock"));
}

Result<UniqueFd> watch_for_stop(sigset_t& signals) {
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd stop(signalfd(-1, &signals, SFD_CLOEXEC));
  if (stop.get() < 0) return std::unexpected(interlude::errno_error("watching for signals"));
  return stop;
}

/// Why a worker is started.
enum class Occasion { Start, NewNetwork, SystemChanged, Time };

/// Hears when somebody asks for a look at the system's files (Layout::recheck); invalid where it
/// cannot, and then the next poll looks.
UniqueFd watch_for_changes(const std::string& root) {
  UniqueFd changes(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const Path running = interlude::Layout(root).running();
  if (changes.get() < 0 || inotify_add_watch(changes.get(), running.c_str(), IN_CLOSE_WRITE) < 0) {
    return UniqueFd();
  }
  return changes;
}

/// Reads what has come; true if it is that.
bool hear_changes(int changes) {
  alignas(inotify_event) char buffer[4096];
  bool heard = false;
  while (true) {
    const ssize_t got = read(changes, buffer, sizeof buffer);
    if (got <= 0) return heard;
    for (ssize_t at = 0; at < got;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(buffer + at);
      heard = heard || (event->len > 0 && std::string_view(event->name) == "recheck");
      at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
    }
  }
}

/// Hears of addresses; invalid where the kernel does not let it, and then polls come by time alone.
UniqueFd watch_for_addresses() {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (socket.get() < 0 ||
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0) {
    return UniqueFd();
  }
  return socket;
}

// The kernel's macros cast as C does.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wcast-align"

/// Whether this is about an address that reaches beyond the machine and was not there before:
/// routers have lifetimes renewed every few minutes, which is no news.
bool is_new_address(const nlmsghdr& message) {
  if (message.nlmsg_type != RTM_NEWADDR || message.nlmsg_len < NLMSG_LENGTH(sizeof(ifaddrmsg))) {
    return false;
  }
  const auto* const about = static_cast<const ifaddrmsg*>(NLMSG_DATA(&message));
  if (about->ifa_scope >= RT_SCOPE_LINK) return false;
  int left = static_cast<int>(IFA_PAYLOAD(&message));
  for (const rtattr* each = IFA_RTA(about); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
    if (each->rta_type != IFA_CACHEINFO || RTA_PAYLOAD(each) < sizeof(ifa_cacheinfo)) continue;
    const auto* const times = static_cast<const ifa_cacheinfo*>(RTA_DATA(each));
    return times->cstamp == times->tstamp;
  }
  return true;
}

/// Reads what has come; true if a new address is among it.
bool hear_addresses(int socket) {
  alignas(nlmsghdr) char buffer[8192];
  bool heard = false;
  while (true) {
    const ssize_t got = recv(socket, buffer, sizeof buffer, 0);
    if (got <= 0) return heard;
    auto left = static_cast<std::uint32_t>(got);
    for (const auto* each = reinterpret_cast<const nlmsghdr*>(buffer); NLMSG_OK(each, left);
         each = NLMSG_NEXT(each, left)) {
      heard = heard || is_new_address(*each);
    }
  }
}

#pragma GCC diagnostic pop

[[noreturn]] void become_worker(const Arguments& arguments, const sigset_t& signals,
                                Occasion occasion, pid_t parent, int answer) {
  // A worker never outlives its agent: the next agent would wait for its lock.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kInternal);
  sigprocmask(SIG_UNBLOCK, &signals, nullptr);
  dup2(answer, STDOUT_FILENO);
  std::vector<std::string> words{arguments.worker, "agent", "--once", "--if-due",
                                 "--root=" + arguments.root};
  if (occasion == Occasion::Start) words.emplace_back("--starting");
  if (occasion == Occasion::NewNetwork) words.emplace_back("--new-network");
  words.insert(words.end(), arguments.options.begin(), arguments.options.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  execv(arguments.worker.c_str(), pointers.data());
  _exit(kInternal);
}

/// "next 3600" as seconds.
std::optional<seconds> parse_next(std::string_view answer) {
  constexpr std::string_view kNext = "next ";
  const std::size_t at = answer.rfind(kNext);
  if (at == std::string_view::npos) return std::nullopt;
  answer.remove_prefix(at + kNext.size());
  std::int64_t count = 0;
  const auto parsed = std::from_chars(answer.data(), answer.data() + answer.size(), count);
  if (parsed.ec != std::errc() || count < 0) return std::nullopt;
  return seconds(count);
}

/// Whether a process that ended so could not work at all: a signal that nobody wished for, or a
/// loader that refused the program.
bool died(int status) {
  constexpr int kNotStarted = 127;
  if (WIFEXITED(status)) return WEXITSTATUS(status) == kNotStarted;
  const int number = WTERMSIG(status);
  return number != SIGKILL && number != SIGTERM && number != SIGINT;
}

/// Whether a generation was switched on just now and is watched. The record is canonical: these
/// words say so, without a reader of JSON.
bool is_on_probation(const std::string& root) {
  interlude::sys::posix::FileSystem disk;
  const auto record =
      disk.read(interlude::join(root, "var/lib/interlude/state.json"), kLargestRecord);
  if (!record) return false;
  const std::string_view text = interlude::as_text(*record);
  return text.find("\"name\":\"probation\"") != std::string_view::npos ||
         text.find("\"name\":\"activating\"") != std::string_view::npos;
}

void have_guard_go_back(const Arguments& arguments) {
  interlude::sys::posix::FileSystem disk;
  const auto self = disk.resolve("/proc/self/exe");
  if (!self) return;
  const Path here = interlude::parent_of(*self);
  const pid_t guard = fork();
  if (guard != 0) {
    while (guard > 0 && waitpid(guard, nullptr, 0) < 0 && errno == EINTR) {
    }
    return;
  }
  for (const char* place : {"interlude-guard", "../guard/interlude-guard"}) {
    const std::string program = interlude::join(here, place);
    execl(program.c_str(), program.c_str(), "back", "--root", arguments.root.c_str(), nullptr);
  }
  _exit(kInternal);
}

/// Runs one worker to its end. nullopt: asked to stop; the worker was told and has ended. `deaths`
/// counts workers in a row that could not work at all.
std::optional<seconds> poll_once(const Arguments& arguments, const sigset_t& signals, int stop,
                                 Occasion occasion, int& deaths) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return kAfterCrash;
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  const pid_t parent = getpid();
  const pid_t worker = fork();
  if (worker < 0) return kAfterCrash;
  if (worker == 0) become_worker(arguments, signals, occasion, parent, in.get());
  in = UniqueFd();

  bool stopping = false;
  std::string answer;
  while (true) {
    pollfd watched[] = {{out.get(), POLLIN, 0}, {stopping ? -1 : stop, POLLIN, 0}};
    if (poll(watched, 2, -1) < 0) continue;
    if ((watched[1].revents & POLLIN) != 0) {
      stopping = true;
      kill(worker, SIGTERM);
    }
    if (watched[0].revents == 0) continue;
    char piece[256];
    const ssize_t got = read(out.get(), piece, sizeof piece);
    if (got <= 0) break;
    if (answer.size() < kLongestAnswer) answer.append(piece, static_cast<std::size_t>(got));
  }
  int status = 0;
  while (waitpid(worker, &status, 0) < 0 && errno == EINTR) {
  }
  if (stopping) return std::nullopt;
  deaths = died(status) ? deaths + 1 : 0;
  if (deaths > 0 && is_on_probation(arguments.root)) {
    if (deaths < kDeathsToGoBack) return kAfterDeath;
    std::fprintf(stderr, "interlude-agent: the worker cannot start any more; going back\n");
    have_guard_go_back(arguments);
    deaths = 0;
    return kAfterDeath;
  }
  return std::max(kShortestPause, parse_next(answer).value_or(kAfterCrash));
}

/// What ended the sleep; nothing: asked to stop. Time spent suspended counts.
std::optional<Occasion> sleep_for(seconds time, int stop, int addresses, int changes) {
  const UniqueFd timer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC));
  itimerspec when{};
  when.it_value.tv_sec = time.count();
  when.it_value.tv_nsec = 1;  // all zero would disarm it
  if (timer.get() < 0 || timerfd_settime(timer.get(), 0, &when, nullptr) != 0) return std::nullopt;
  // Also what the worker itself wrote there: no reason to wake up for.
  if (hear_changes(changes)) return Occasion::SystemChanged;
  while (true) {
    pollfd watched[] = {
        {timer.get(), POLLIN, 0}, {stop, POLLIN, 0}, {addresses, POLLIN, 0}, {changes, POLLIN, 0}};
    if (poll(watched, 4, -1) < 0) continue;
    if (watched[1].revents != 0) return std::nullopt;
    if (watched[0].revents != 0) return Occasion::Time;
    if (watched[2].revents != 0 && hear_addresses(addresses)) return Occasion::NewNetwork;
    if (watched[3].revents != 0 && hear_changes(changes)) return Occasion::SystemChanged;
  }
}

int fail_with(const Error& error) {
  std::fprintf(stderr, "interlude-agent: %s\n", error.message().c_str());
  return error.kind() == ErrorKind::Conflict ? kConflict : kInternal;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: interlude-agent WORKER ROOT [OPTION...]\n");
    return kInvalid;
  }
  const Arguments arguments{argv[1], argv[2], {argv + 3, argv + argc}};
  const auto lock = hold_agent_lock(arguments.root);
  if (!lock) return fail_with(lock.error());
  sigset_t signals;
  const auto stop = watch_for_stop(signals);
  if (!stop) return fail_with(stop.error());
  const UniqueFd addresses = watch_for_addresses();
  const UniqueFd changes = watch_for_changes(arguments.root);
  Occasion occasion = Occasion::Start;
  int deaths = 0;
  while (true) {
    const auto pause = poll_once(arguments, signals, stop->get(), occasion, deaths);
    if (!pause) return 0;
    const auto woken = sleep_for(*pause, stop->get(), addresses.get(), changes.get());
    if (!woken) return 0;
    occasion = *woken;
  }
}
