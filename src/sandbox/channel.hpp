#pragma once
// What processes say to each other: whole messages over a pair of sockets, bounded, perhaps with an
// open file. The kernel keeps the messages apart; what does not fit is refused, not cut.

#include <chrono>
#include <optional>
#include <utility>

#include "base/bytes.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::sandbox {

inline constexpr std::size_t kLongestMessage = 160 * 1024;

/// What an error says where there is no other end.
inline constexpr std::string_view kGone = "the other process has ended";

struct Received {
  Bytes message;
  sys::posix::UniqueFd file;  ///< none, as a rule
};

class Channel {
 public:
  explicit Channel(sys::posix::UniqueFd fd) : fd_(std::move(fd)) {}
  static Result<std::pair<sys::posix::UniqueFd, sys::posix::UniqueFd>> make_pair();

  /// Waits until the other end takes it. Unavailable where there is no other end any more. `file`
  /// is lent.
  Status send(ByteView message, int file = -1);
  /// The same, and Corrupt where the other end leaves what was sent unread until there is no room
  /// for more: for whoever must not wait for it.
  Status send_at_once(ByteView message, int file = -1);

  /// The next message; nothing where none came in `wait`, or a signal did. Unavailable where the
  /// other end is gone; Corrupt for a message longer than kLongestMessage. A negative `wait` has no
  /// end.
  Result<std::optional<Received>> receive(std::chrono::milliseconds wait);

  /// From here on the other end is gone: for one that does not keep to what was agreed.
  void give_up() { fd_.close(); }

 private:
  Status send(ByteView message, int file, int flags);

  sys::posix::UniqueFd fd_;
  Bytes buffer_;
};

}  // namespace interlude::sandbox
