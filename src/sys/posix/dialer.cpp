#include "sys/posix/dialer.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace interlude::sys::posix {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::seconds kAltogether{15};
/// Where a host has several addresses, what the first ones may take of it.
constexpr std::chrono::seconds kEach{5};
// As libcurl has them.
constexpr std::uint16_t kProxyPort = 1080;
constexpr std::uint16_t kSecureProxyPort = 443;

using Addresses = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

Result<Addresses> resolve(const Endpoint& endpoint) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(endpoint.port);
  const int number = ::getaddrinfo(endpoint.host.c_str(), port.c_str(), &wanted, &found);
  if (number != 0) {
    return fail(ErrorKind::Unavailable,
                "the name " + endpoint.host + " could not be resolved: " + ::gai_strerror(number));
  }
  return Addresses(found, ::freeaddrinfo);
}

/// 0, or the number of the error.
int finish_connecting(int fd, Steady::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Steady::now());
    if (left.count() <= 0) return ETIMEDOUT;
    pollfd waiting{fd, POLLOUT, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) return errno;
    if (ready <= 0) continue;
    int number = 0;
    socklen_t size = sizeof number;
    return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) == 0 ? number : errno;
  }
}

int connect_to(const addrinfo& address, Steady::time_point deadline, UniqueFd& connected) {
  UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return errno;
  int number = ::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (number == EINPROGRESS) number = finish_connecting(fd.get(), deadline);
  if (number == 0) connected = std::move(fd);
  return number;
}

}  // namespace

Result<UniqueFd> DirectDialer::dial(const Endpoint& endpoint) {
  const auto deadline = Steady::now() + kAltogether;
  const Result<Addresses> addresses = resolve(endpoint);
  if (!addresses) return std::unexpected(addresses.error());
  UniqueFd connected;
  int number = EHOSTUNREACH;
  for (const addrinfo* each = addresses->get(); each != nullptr; each = each->ai_next) {
    const auto until = each->ai_next == nullptr ? deadline : Steady::now() + kEach;
    number = connect_to(*each, std::min(until, deadline), connected);
    if (number == 0) return connected;
  }
  return fail(ErrorKind::Unavailable,
              "connecting to " + endpoint.text() + ": " + std::strerror(number));
}

std::vector<Endpoint> proxies(const std::string& configured) {
  std::vector<std::string> names;
  if (!configured.empty()) {
    names.push_back(configured);
  } else {
    // Not HTTP_PROXY: libcurl ignores it, as web servers set it from a request's header.
    for (const char* variable :
         {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
      const char* const value = std::getenv(variable);
      if (value != nullptr && *value != '\0') names.emplace_back(value);
    }
  }
  std::vector<Endpoint> all;
  for (std::string_view name : names) {
    const bool is_secure = name.starts_with("https://");
    const std::size_t scheme = name.find("://");
    if (scheme != std::string_view::npos) name.remove_prefix(scheme + 3);
    name = name.substr(0, name.find('/'));
    const std::size_t user = name.rfind('@');
    if (user != std::string_view::npos) name.remove_prefix(user + 1);
    const std::uint16_t port = is_secure ? kSecureProxyPort : kProxyPort;
    if (const auto endpoint = parse_endpoint(name, port); endpoint) {
      all.push_back(*endpoint);
    }
  }
  return all;
}

}  // namespace interlude::sys::posix
