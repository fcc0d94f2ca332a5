#include "sandbox/connector.hpp"

#include <algorithm>

#include "sandbox/messages.hpp"

namespace interlude::sandbox {
namespace {

using sys::Endpoint;
using sys::posix::UniqueFd;

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
/// Above what the connector needs at most.
constexpr std::chrono::seconds kLongestWait{40};

void add(std::vector<Endpoint>& all, const Endpoint& endpoint) {
  if (std::ranges::find(all, endpoint) == all.end()) all.push_back(endpoint);
}

Result<UniqueFd> answer(ByteView message, const std::vector<Endpoint>& endpoints) {
  Reader reader(message, "the fetching process");
  const std::uint64_t index = reader.number();
  if (const Status whole = reader.finish(); !whole) return std::unexpected(whole.error());
  if (reader.message() != Message::Connect || index >= endpoints.size()) {
    return fail(ErrorKind::Denied, "that is no connection that may be made");
  }
  return sys::posix::DirectDialer().dial(endpoints[index]);
}

}  // namespace

Destinations destinations_of(const device::Config& config) {
  Destinations all;
  for (const std::string& url : config.urls) {
    const auto endpoint = sys::endpoint_of(url);
    if (!endpoint) continue;
    add(all.hosts, *endpoint);
    add(all.hosts, {endpoint->host, kHttpsPort});
  }
  // Nothing to fetch over a network: nothing to connect to.
  if (all.hosts.empty()) return all;
  for (const std::string& host : config.redirect_hosts) {
    for (const std::uint16_t port : {kHttpPort, kHttpsPort}) {
      if (const auto endpoint = sys::parse_endpoint(host, port); endpoint) {
        add(all.hosts, *endpoint);
      }
    }
  }
  all.connects = sys::posix::proxies(config.proxy);
  // A proxy of the environment may not be for every host.
  if (config.proxy.empty()) {
    for (const Endpoint& host : all.hosts) add(all.connects, host);
  }
  return all;
}

void connect_for(Channel& fetcher, const std::vector<Endpoint>& endpoints) {
  while (true) {
    const auto received = fetcher.receive(std::chrono::milliseconds(-1));
    if (!received) return;
    if (!*received) continue;
    const Result<UniqueFd> connected = answer((*received)->message, endpoints);
    Writer reply(connected ? Message::Done : Message::Failed);
    if (!connected) write(reply, connected.error());
    const Status sent = fetcher.send(reply.bytes(), connected ? connected->get() : -1);
    if (!sent) return;
  }
}

Status RemoteDialer::check(const Endpoint& endpoint) const {
  if (std::ranges::find(destinations_.hosts, endpoint) != destinations_.hosts.end()) return {};
  return fail(ErrorKind::Denied,
              endpoint.text() + " is neither a mirror's host nor one of source.redirect_hosts");
}

Result<UniqueFd> RemoteDialer::dial(const Endpoint& endpoint) {
  const auto& all = destinations_.connects;
  const auto found = std::ranges::find(all, endpoint);
  if (found == all.end()) {
    return fail(ErrorKind::Denied, endpoint.text() + " is not to be connected to directly");
  }
  Writer request(Message::Connect);
  request.number(static_cast<std::uint64_t>(found - all.begin()));
  if (const Status sent = connector_.send(request.bytes()); !sent) {
    return std::unexpected(sent.error().during("asking the connecting process"));
  }
  auto received = connector_.receive(kLongestWait);
  if (!received) return std::unexpected(received.error().during("the connecting process"));
  if (!*received) {
    connector_.give_up();  // a late answer must not be taken for that of the next question
    return fail(ErrorKind::Unavailable, "the connecting process does not answer");
  }
  Reader reader((*received)->message, "the connecting process");
  if (reader.message() == Message::Done && (*received)->file) return std::move((*received)->file);
  const Error error = read_error(reader);
  if (const Status whole = reader.finish(); !whole) return std::unexpected(whole.error());
  return std::unexpected(error);
}

}  // namespace interlude::sandbox
