#pragma once
// Made-up addresses for real hosts: libcurl is told them instead of resolving names, and gives them
// back when it wants to connect.

#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "sys/endpoint.hpp"

namespace interlude::sys::curl {

class Addresses {
 public:
  /// Makes sure that `endpoint` has an address.
  void add(const Endpoint& endpoint);
  /// "HOST:PORT:ADDRESS" each, as CURLOPT_RESOLVE takes it. IPv6 addresses are left out: there is
  /// nothing to resolve, and the form has no room for them.
  std::vector<std::string> resolutions() const;
  /// Whose address that is.
  std::optional<Endpoint> owner_of(const sockaddr& address) const;

 private:
  std::vector<Endpoint> all_;
};

}  // namespace interlude::sys::curl
