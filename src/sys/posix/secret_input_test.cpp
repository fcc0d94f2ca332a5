#include "sys/posix/secret_input.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/bytes.hpp"
#include "sys/posix/private_memory.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::sys::posix {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A child on a terminal of its own that asks, and tells by its exit code and a pipe what it got.
class Asking {
 public:
  Asking() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    int terminal = -1;
    child_ = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child_ == 0) answer_to(ends[1]);
    terminal_ = UniqueFd(terminal);
    answer_ = UniqueFd(ends[0]);
    ::close(ends[1]);
  }
  ~Asking() {
    if (child_ < 0) return;
    (void)::kill(child_, SIGKILL);
    (void)::waitpid(child_, nullptr, 0);
  }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  void type(std::string_view text) {
    EXPECT_EQ(::write(terminal_.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }
  /// All that stands on the terminal once `words` do, or once the child has ended.
  std::string screen_with(std::string_view words) {
    std::array<char, 256> piece;
    while (screen_.find(words) == std::string::npos) {
      const ssize_t got = ::read(terminal_.get(), piece.data(), piece.size());
      if (got <= 0) break;
      screen_.append(piece.data(), static_cast<std::size_t>(got));
    }
    return screen_;
  }
  std::string answer() {
    std::string text;
    std::array<char, 256> piece;
    ssize_t got = 0;
    while ((got = ::read(answer_.get(), piece.data(), piece.size())) > 0) {
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  [[noreturn]] static void answer_to(int pipe) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGINT, &action, nullptr);
    std::array<std::uint8_t, 16> into{};
    const Result<std::size_t> size = ask_on_terminal("pass phrase of x", into);
    const std::string text =
        size ? interlude::to_text(ByteView(into).first(*size)) : size.error().message();
    const bool told = ::write(pipe, text.data(), text.size()) >= 0;
    ::_exit(told ? 0 : 1);
  }

  pid_t child_ = -1;
  UniqueFd terminal_;
  UniqueFd answer_;
  std::string screen_;
};

TEST(Terminal, GivesWhatIsTypedAndDoesNotShowIt) {
  Asking asking;
  EXPECT_THAT(asking.screen_with("of x: "), HasSubstr("pass phrase of x: "));
  asking.type("Sesam 1\n");
  EXPECT_EQ(asking.answer(), "Sesam 1");
  EXPECT_THAT(asking.screen_with("never"), Not(HasSubstr("Sesam")));
}

TEST(Terminal, CtrlCCancels) {
  Asking asking;
  asking.screen_with("of x: ");
  asking.type("Ses\x03");
  EXPECT_THAT(asking.answer(), HasSubstr("interrupted"));
}

TEST(Terminal, RefusesWhatIsTooLong) {
  Asking asking;
  asking.screen_with("of x: ");
  asking.type("12345678901234567\n");
  EXPECT_THAT(asking.answer(), HasSubstr("longer than 16 bytes"));
}

TEST(SecretLine, LeavesTheNextLineAlone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd read(ends[0]);
  {
    const UniqueFd write(ends[1]);
    ASSERT_EQ(::write(write.get(), "one\ntwo", 7), 7);
  }
  std::array<std::uint8_t, 8> into{};
  EXPECT_EQ(*read_secret_line(read.get(), "x", into), 3U);
  EXPECT_EQ(interlude::to_text(ByteView(into).first(3)), "one");
  EXPECT_EQ(*read_secret_line(read.get(), "x", into), 3U);
  EXPECT_EQ(interlude::to_text(ByteView(into).first(3)), "two");
  EXPECT_EQ(*read_secret_line(read.get(), "x", into), 0U);
  EXPECT_FALSE(read_secret_line(-1, "x", into));
}

TEST(PrivateMemory, IsNeitherDumpedNorAttachedTo) {
  const pid_t child = ::fork();
  if (child == 0) {
    rlimit core{1, 1};
    const bool hidden =
        keep_memory_private().has_value() && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
        ::getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0;
    ::_exit(hidden ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace interlude::sys::posix
