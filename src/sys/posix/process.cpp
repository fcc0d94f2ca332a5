#include "sys/posix/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <limits>

#include "sys/path_error.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::sys::posix {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::unexpected(errno_error("making a pipe"));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// What posix_spawn is told about descriptors and directory.
class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class Attributes {
 public:
  Attributes() { posix_spawnattr_init(&attributes_); }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  posix_spawnattr_t* get() { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

/// A file without a name that holds `bytes`, at its start. The child reads it when it likes: no
/// pipe that fills up, no signal when it does not read at all.
Result<UniqueFd> input_file(ByteView bytes) {
  UniqueFd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file) return std::unexpected(errno_error("making a file in memory"));
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(errno_error("writing a file in memory"));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) {
    return std::unexpected(errno_error("rewinding a file in memory"));
  }
  return file;
}

Result<pid_t> start(const std::vector<std::string>& arguments, const std::string& directory,
                    int input, int output, int errors) {
  FileActions actions;
  int number = posix_spawn_file_actions_adddup2(actions.get(), input, STDIN_FILENO);
  if (number == 0) number = posix_spawn_file_actions_adddup2(actions.get(), output, STDOUT_FILENO);
  if (number == 0) number = posix_spawn_file_actions_adddup2(actions.get(), errors, STDERR_FILENO);
  if (number == 0 && !directory.empty()) {
    number = posix_spawn_file_actions_addchdir_np(actions.get(), directory.c_str());
  }
  Attributes attributes;
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  if (number == 0) number = posix_spawnattr_setsigmask(attributes.get(), &none);
  if (number == 0) number = posix_spawnattr_setsigdefault(attributes.get(), &all);
  if (number == 0) {
    number =
        posix_spawnattr_setflags(attributes.get(), POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = -1;
  if (number == 0) {
    number = ::posix_spawnp(&child, argv[0], actions.get(), attributes.get(), argv.data(), environ);
  }
  if (number != 0) return std::unexpected(path_error("running", arguments[0], number));
  return child;
}

/// One read; false at the end of the stream or on an error.
bool read_some(int fd, std::string& into) {
  std::array<char, 65536> piece;
  ssize_t got = -1;
  do got = ::read(fd, piece.data(), piece.size());
  while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  into.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

/// Reads both pipes until both have ended, whichever the child fills first. False once one of them
/// gave more than `limit_bytes`.
bool read_both(int output, int errors, std::uint64_t limit_bytes, Finished& finished) {
  std::array<pollfd, 2> waiting = {pollfd{output, POLLIN, 0}, pollfd{errors, POLLIN, 0}};
  const std::array<std::string*, 2> texts = {&finished.output, &finished.errors};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return true;
    }
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents != 0 && !read_some(waiting[i].fd, *texts[i])) waiting[i].fd = -1;
      if (texts[i]->size() > limit_bytes) return false;
    }
  }
  return true;
}

Result<int> wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return std::unexpected(errno_error("waiting for a program"));
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Result<Finished> run_program(const std::vector<std::string>& arguments,
                             const std::string& directory, const UniqueFd& input,
                             std::uint64_t limit_bytes) {
  Result<Pipe> output = make_pipe();
  if (!output) return std::unexpected(output.error());
  Result<Pipe> errors = make_pipe();
  if (!errors) return std::unexpected(errors.error());
  const Result<pid_t> child =
      start(arguments, directory, input.get(), output->write.get(), errors->write.get());
  if (!child) return std::unexpected(child.error());
  output->write.close();
  errors->write.close();
  Finished finished;
  const bool within_limit =
      read_both(output->read.get(), errors->read.get(), limit_bytes, finished);
  if (!within_limit) (void)::kill(*child, SIGKILL);  // not waited for yet, so it is still ours
  const Result<int> exit_code = wait_for(*child);
  if (!exit_code) return std::unexpected(exit_code.error());
  if (!within_limit) {
    return fail(ErrorKind::NoSpace, arguments[0] + " wrote more than " +
                                        std::to_string(limit_bytes) + " bytes; it was stopped");
  }
  finished.exit_code = *exit_code;
  return finished;
}

Error no_program() {
  return {ErrorKind::Invalid, "no program to run was named"};
}

}  // namespace

Result<Finished> ProcessRunner::run(const std::vector<std::string>& arguments,
                                    const std::string& directory) {
  if (arguments.empty()) return std::unexpected(no_program());
  const UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!nothing) return std::unexpected(errno_error("opening /dev/null"));
  return run_program(arguments, directory, nothing, std::numeric_limits<std::uint64_t>::max());
}

Result<Finished> ProcessRunner::filter(const std::vector<std::string>& arguments, ByteView input,
                                       std::uint64_t limit_bytes) {
  if (arguments.empty()) return std::unexpected(no_program());
  const Result<UniqueFd> file = input_file(input);
  if (!file) return std::unexpected(file.error());
  return run_program(arguments, "", *file, limit_bytes);
}

}  // namespace interlude::sys::posix
