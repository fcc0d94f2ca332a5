#include "sys/posix/secret_input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

#include "sys/posix/unique_fd.hpp"

namespace interlude::sys::posix {
namespace {

/// A terminal that does not show what is typed, until it goes.
class Silence {
 public:
  explicit Silence(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ICANON | ISIG;
    silenced_ = ::tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
  }
  ~Silence() {
    if (silenced_) (void)::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  bool works() const { return silenced_; }

 private:
  int terminal_;
  termios before_{};
  bool silenced_ = false;
};

/// While it lives, the signals that stop a program wait for `wait_for_line`: one that came between
/// the prompt and the reading would be lost.
class HeldSignals {
 public:
  HeldSignals() {
    sigset_t held;
    sigemptyset(&held);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&held, signal);
    (void)::pthread_sigmask(SIG_BLOCK, &held, &before_);  // fails for wrong arguments only
  }
  ~HeldSignals() { (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// Until a line was typed; false where a signal came first.
  bool wait_for_line(int terminal) const {
    pollfd waiting{terminal, POLLIN, 0};
    return ::ppoll(&waiting, 1, nullptr, &before_) >= 0;
  }

 private:
  sigset_t before_{};
};

Error interrupted(const std::string& what) {
  return {ErrorKind::Cancelled, what + ": interrupted"};
}

// A prompt that cannot be shown is no reason not to read the answer.
void show(int terminal, std::string_view text) {
  if (::write(terminal, text.data(), text.size()) < 0) return;
}

}  // namespace

Result<std::size_t> read_secret_line(int fd, const std::string& what,
                                     std::span<std::uint8_t> into) {
  std::size_t size = 0;
  while (true) {
    std::uint8_t byte = 0;
    const ssize_t got = ::read(fd, &byte, 1);
    if (got < 0 && errno == EINTR) return std::unexpected(interrupted(what));
    if (got < 0) return std::unexpected(errno_error("reading " + what));
    if (got == 0 || byte == '\n') return size;
    if (size == into.size()) {
      return fail(ErrorKind::Invalid,
                  what + ": longer than " + std::to_string(into.size()) + " bytes");
    }
    into[size++] = byte;
  }
}

Result<std::size_t> ask_on_terminal(const std::string& prompt, std::span<std::uint8_t> into) {
  const UniqueFd terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) {
    return fail(ErrorKind::Denied, "there is no terminal to ask on for the " + prompt);
  }
  const HeldSignals signals;
  const Silence silence(terminal.get());
  if (!silence.works()) {
    return fail(ErrorKind::Denied, "the terminal would show what is typed for the " + prompt);
  }
  show(terminal.get(), prompt + ": ");
  const bool typed = signals.wait_for_line(terminal.get());
  const Result<std::size_t> size =
      typed ? read_secret_line(terminal.get(), prompt, into) : std::unexpected(interrupted(prompt));
  show(terminal.get(), "\n");
  return size;
}

}  // namespace interlude::sys::posix
