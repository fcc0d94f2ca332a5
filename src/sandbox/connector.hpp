#pragma once
// The process that connects, and that does nothing else: it is told the number of an endpoint in a
// list that was fixed before the network was met, resolves its name, connects, and hands over the
// socket. It never reads from one or writes to one. Who asks cannot even name another host.

#include "device/config.hpp"
#include "sandbox/channel.hpp"
#include "sys/posix/dialer.hpp"

namespace interlude::sandbox {

/// Where a device may have to connect to, and what URLs may lead to.
struct Destinations {
  /// Connections go here only: the proxies, or where there are none the same as `hosts`.
  std::vector<sys::Endpoint> connects;
  /// Of the mirrors, those that they may redirect to (redirect_hosts), and the mirrors' own hosts
  /// at the port of https.
  std::vector<sys::Endpoint> hosts;
};
Destinations destinations_of(const device::Config& config);

/// Answers Connect messages with sockets, until the channel ends.
void connect_for(Channel& fetcher, const std::vector<sys::Endpoint>& endpoints);

/// The other end: dials through the connector.
class RemoteDialer final : public sys::posix::Dialer {
 public:
  RemoteDialer(Channel connector, Destinations destinations)
      : connector_(std::move(connector)), destinations_(std::move(destinations)) {}
  Status check(const sys::Endpoint& endpoint) const override;
  Result<sys::posix::UniqueFd> dial(const sys::Endpoint& endpoint) override;

 private:
  Channel connector_;
  Destinations destinations_;
};

}  // namespace interlude::sandbox
