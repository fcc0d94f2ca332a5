#include "units/socket_probe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "improvement/probe.hpp"

namespace interlude::units {
namespace {

struct Place {
  sockaddr_storage address{};
  socklen_t size = 0;
};

template <class Address>
Place place_of(const Address& address) {
  Place place;
  std::memcpy(&place.address, &address, sizeof address);
  place.size = sizeof address;
  return place;
}

Place place_of_address(const improvement::Address& address) {
  if (!address.path.empty()) {
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    std::copy_n(address.path.begin(), std::min(address.path.size(), sizeof local.sun_path - 1),
                local.sun_path);
    return place_of(local);
  }
  if (address.host.find(':') != std::string::npos) {
    sockaddr_in6 loopback{};
    loopback.sin6_family = AF_INET6;
    loopback.sin6_port = htons(address.port);
    (void)::inet_pton(AF_INET6, address.host.c_str(), &loopback.sin6_addr);  // checked: numeric
    return place_of(loopback);
  }
  sockaddr_in loopback{};
  loopback.sin_family = AF_INET;
  loopback.sin_port = htons(address.port);
  (void)::inet_pton(AF_INET, address.host.c_str(), &loopback.sin_addr);  // checked: numeric
  return place_of(loopback);
}

Error nobody(const std::string& address, int number) {
  return {ErrorKind::Corrupt, errno_error("connecting to " + address, number).message()};
}

/// Until the connection stands, or not.
Status wait_for(int fd, const std::string& address, std::chrono::seconds limit) {
  pollfd watched{fd, POLLOUT, 0};
  const auto milliseconds = static_cast<int>(std::chrono::milliseconds(limit).count());
  int ready = -1;
  do ready = ::poll(&watched, 1, milliseconds);
  while (ready < 0 && errno == EINTR);
  int problem = ready == 0 ? ETIMEDOUT : 0;
  socklen_t size = sizeof problem;
  if (ready > 0) (void)::getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size);
  if (problem != 0 || ready < 0) return std::unexpected(nobody(address, problem));
  return {};
}

}  // namespace

Status connect_to(const std::string& text, std::chrono::seconds limit) {
  const auto address = improvement::parse_address(text);
  if (!address) return std::unexpected(address.error());
  const Place place = place_of_address(*address);
  const int fd = ::socket(place.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return std::unexpected(errno_error("making a socket"));
  Status done;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&place.address), place.size) != 0) {
    done = errno == EINPROGRESS ? wait_for(fd, text, limit)
                                : Status(std::unexpected(nobody(text, errno)));
  }
  ::close(fd);
  return done;
}

}  // namespace interlude::units
