#pragma once
// Processes of our own making: forked, not started anew, so that they are there in a millisecond.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::sandbox {

class Child {
 public:
  /// What a child does, with the descriptors it was given, in their order. When it returns, the
  /// child ends.
  using Body = std::function<void(pid_t parent, std::vector<sys::posix::UniqueFd> given)>;

  /// A child with nothing on standard input, output and error and no descriptor but `given`. It
  /// ignores Ctrl-C: its parent decides.
  static Result<Child> start(std::vector<sys::posix::UniqueFd> given, const Body& body);

  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&& other) noexcept;
  /// Ends the child and waits for that: there are no zombies.
  ~Child() { end(); }

  pid_t pid() const { return pid_; }
  /// Ends it if it does not by itself within `grace`, and says how it ended: "was ended by signal
  /// 9".
  std::string end(std::chrono::milliseconds grace = std::chrono::milliseconds(0));

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
};

}  // namespace interlude::sandbox
