#include "sys/curl/addresses.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace interlude::sys::curl {
namespace {

/// 240.0.0.0, the start of a block that is reserved (RFC 1112, section 4).
constexpr std::uint32_t kFirst = 0xF0000000U;

bool is_ipv6(const Endpoint& endpoint) {
  return endpoint.host.find(':') != std::string::npos;
}

}  // namespace

void Addresses::add(const Endpoint& endpoint) {
  if (std::ranges::find(all_, endpoint) == all_.end()) all_.push_back(endpoint);
}

std::vector<std::string> Addresses::resolutions() const {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (is_ipv6(all_[i])) continue;
    const in_addr address{htonl(kFirst + static_cast<std::uint32_t>(i))};
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address, text.data(), text.size());
    lines.push_back(all_[i].text() + ":" + text.data());
  }
  return lines;
}

std::optional<Endpoint> Addresses::owner_of(const sockaddr& address) const {
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &address, sizeof ipv4);
    const std::uint32_t index = ntohl(ipv4.sin_addr.s_addr) - kFirst;
    if (index < all_.size()) return all_[index];
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, &address, sizeof ipv6);
    const auto same = [&](const Endpoint& each) {
      in6_addr own{};
      return each.port == ntohs(ipv6.sin6_port) &&
             ::inet_pton(AF_INET6, each.host.c_str(), &own) == 1 &&
             std::memcmp(&own, &ipv6.sin6_addr, sizeof own) == 0;
    };
    const auto found = std::ranges::find_if(all_, same);
    if (found != all_.end()) return *found;
  }
  return std::nullopt;
}

}  // namespace interlude::sys::curl
