#pragma once
// Who makes the connections of an HTTP client: this process, or another one that hands them over.

#include <vector>

#include "sys/endpoint.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::sys::posix {

class Dialer {
 public:
  virtual ~Dialer() = default;
  /// Whether a URL may lead to `endpoint`, directly or through a proxy. Denied otherwise.
  virtual Status check(const Endpoint& endpoint) const = 0;
  /// A connected, non-blocking TCP socket. Unavailable where nobody answers in 15 s; Denied.
  virtual Result<UniqueFd> dial(const Endpoint& endpoint) = 0;
};

/// Resolves names and connects by itself, wherever it is asked to.
class DirectDialer final : public Dialer {
 public:
  Status check(const Endpoint&) const override { return {}; }
  Result<UniqueFd> dial(const Endpoint& endpoint) override;
};

/// The proxies that libcurl may use: `configured`, or where that is empty those of the environment
/// (http_proxy, https_proxy, all_proxy). What cannot be understood is left out.
std::vector<Endpoint> proxies(const std::string& configured);

}  // namespace interlude::sys::posix
