#include "sandbox/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace interlude::sandbox {
namespace {

using sys::posix::UniqueFd;

std::unexpected<Error> gone() {
  return fail(ErrorKind::Unavailable, std::string(kGone));
}

/// The first file that came with a message; others are closed.
UniqueFd file_of(msghdr& header) {
  UniqueFd first;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + i * sizeof number, sizeof number);
      UniqueFd file(number);
      if (!first) first = std::move(file);
    }
  }
  return first;
}

}  // namespace

Result<std::pair<UniqueFd, UniqueFd>> Channel::make_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return std::unexpected(errno_error("making a pair of sockets"));
  }
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Status Channel::send(ByteView message, int file) {
  return send(message, file, 0);
}

Status Channel::send_at_once(ByteView message, int file) {
  return send(message, file, MSG_DONTWAIT);
}

Status Channel::send(ByteView message, int file, int flags) {
  if (!fd_) return gone();
  iovec content{const_cast<std::uint8_t*>(message.data()), message.size()};
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  if (file >= 0) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* const part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof file);
    std::memcpy(CMSG_DATA(part), &file, sizeof file);
  }
  while (::sendmsg(fd_.get(), &header, MSG_NOSIGNAL | flags) < 0) {
    if (errno == EPIPE || errno == ECONNRESET) return gone();
    if (errno == EAGAIN) {
      return fail(ErrorKind::Corrupt, "the other process does not read what it is sent");
    }
    if (errno != EINTR) return std::unexpected(errno_error("sending to the other process"));
  }
  return {};
}

Result<std::optional<Received>> Channel::receive(std::chrono::milliseconds wait) {
  if (!fd_) return gone();
  pollfd waiting{fd_.get(), POLLIN, 0};
  const int ready = ::poll(&waiting, 1, wait.count() < 0 ? -1 : static_cast<int>(wait.count()));
  if (ready == 0 || (ready < 0 && errno == EINTR)) return std::optional<Received>();
  if (ready < 0) return std::unexpected(errno_error("waiting for the other process"));

  buffer_.resize(kLongestMessage);
  iovec content{buffer_.data(), buffer_.size()};
  msghdr header{};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return std::optional<Received>();
  if (got < 0 && errno != ECONNRESET) {
    return std::unexpected(errno_error("receiving from the other process"));
  }
  if (got <= 0) return gone();
  Received received;
  received.file = file_of(header);
  if ((header.msg_flags & MSG_TRUNC) != 0) {
    return fail(ErrorKind::Corrupt, "the other process sent a message that is too long");
  }
  received.message.assign(buffer_.begin(), buffer_.begin() + got);
  return std::optional(std::move(received));
}

}  // namespace interlude::sandbox
