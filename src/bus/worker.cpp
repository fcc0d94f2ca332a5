#include "bus/worker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>

#include "bus/names.hpp"
#include "json/json.hpp"

namespace interlude::bus {
namespace {

using sys::posix::UniqueFd;

constexpr std::size_t kLongestLine = 65536;

/// `output` becomes its standard output; it reads nothing, and its errors go where ours do.
Result<pid_t> spawn(const std::vector<std::string>& arguments, int output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> pointers;
  for (const std::string& each : arguments) pointers.push_back(const_cast<char*>(each.c_str()));
  pointers.push_back(nullptr);
  pid_t child = -1;
  const int number =
      posix_spawn(&child, pointers[0], &files, &attributes, pointers.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (number != 0) return std::unexpected(errno_error("starting " + arguments[0], number));
  return child;
}

/// `{"kind": …, "message": …}` of a worker.
Error error_in(std::string_view text) {
  const auto value = json::parse(as_bytes(text));
  if (value) {
    const json::Reader reader(*value, "worker");
    const auto kind = reader.text("kind");
    const auto message = reader.text("message");
    if (kind && message) return {parse_kind(*kind).value_or(ErrorKind::Internal), *message};
  }
  return {ErrorKind::Internal, "the worker failed and did not say why"};
}

}  // namespace

Result<std::unique_ptr<Worker>> Worker::start(sd_event* events,
                                              const std::vector<std::string>& arguments,
                                              Progress progress, End end) {
  std::unique_ptr<Worker> worker(new Worker(std::move(progress), std::move(end)));
  Worker* const self = worker.get();
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(errno_error("making a pipe"));
  self->output_ = UniqueFd(ends[0]);
  const UniqueFd input(ends[1]);
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    return std::unexpected(errno_error("preparing a pipe"));
  }
  const auto child = spawn(arguments, input.get());
  if (!child) return std::unexpected(child.error());
  self->pid_ = *child;
  Status watched = make(self->output_source_, "watching a worker", [&](sd_event_source** source) {
    return sd_event_add_io(events, source, self->output_.get(), EPOLLIN, on_output, self);
  });
  if (watched) {
    watched = make(self->exit_source_, "watching a worker", [&](sd_event_source** source) {
      return sd_event_add_child(events, source, *child, WEXITED, on_exit, self);
    });
  }
  if (!watched) {  // out of memory or descriptors: nobody would see how it ends
    kill(*child, SIGKILL);
    waitpid(*child, nullptr, 0);
    return std::unexpected(watched.error());
  }
  return worker;
}

void Worker::stop() {
  if (!has_exited_) kill(pid_, SIGTERM);
}

int Worker::on_output(sd_event_source*, int, std::uint32_t, void* self) {
  Worker& worker = *static_cast<Worker*>(self);
  std::array<char, 4096> piece;
  const ssize_t got = read(worker.output_.get(), piece.data(), piece.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
  if (got <= 0) {
    worker.output_source_.reset();
    worker.is_read_ = true;
    worker.end_if_done();
    return 0;
  }
  worker.pending_.append(piece.data(), static_cast<std::size_t>(got));
  std::size_t from = 0;
  for (std::size_t at = 0; (at = worker.pending_.find('\n', from)) != std::string::npos;
       from = at + 1) {
    worker.take_line(std::string_view(worker.pending_).substr(from, at - from));
  }
  worker.pending_.erase(0, from);
  if (worker.pending_.size() > kLongestLine) worker.pending_.clear();
  return 0;
}

int Worker::on_exit(sd_event_source*, const siginfo_t* info, void* self) {
  Worker& worker = *static_cast<Worker*>(self);
  worker.has_exited_ = true;
  worker.exit_source_.reset();
  const bool succeeded = info->si_code == CLD_EXITED && info->si_status == 0;
  if (succeeded) {
    worker.status_ = {};
  } else if (worker.status_) {
    worker.status_ =
        fail(ErrorKind::Internal,
             fmt::format("the worker ended with {} {}",
                         info->si_code == CLD_EXITED ? "exit code" : "signal", info->si_status));
  }
  worker.end_if_done();
  return 0;
}

void Worker::take_line(std::string_view line) {
  constexpr std::string_view kProgress = "progress ";
  constexpr std::string_view kError = "error ";
  if (line.starts_with(kError)) {
    status_ = std::unexpected(error_in(line.substr(kError.size())));
    return;
  }
  if (!line.starts_with(kProgress)) return;
  line.remove_prefix(kProgress.size());
  double share = 0;
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), share);
  const std::size_t space = line.find(' ');
  if (parsed.ec != std::errc() || space == std::string_view::npos) return;
  progress_(std::string(line.substr(space + 1)), share);
}

void Worker::end_if_done() {
  if (!has_exited_ || !is_read_) return;
  const End end = std::move(end_);
  const Status status = status_;
  end(status);  // may destroy this
}

}  // namespace interlude::bus
