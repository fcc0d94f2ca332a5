#include "sys/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace interlude::sys {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kLongestHost = 255;

std::unexpected<Error> not_an_endpoint(std::string_view text) {
  return fail(ErrorKind::Invalid,
              "\"" + std::string(text) + "\" does not name a host, or a host and a port");
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
         c == ':';
}

}  // namespace

std::string Endpoint::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> endpoint_of(std::string_view url) {
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  const bool secure = url.starts_with(kHttps);
  if (!secure && !url.starts_with(kHttp)) {
    return fail(ErrorKind::Invalid,
                "\"" + std::string(url) + "\" is not a URL that starts with http:// or https://");
  }
  std::string_view authority = url.substr(secure ? kHttps.size() : kHttp.size());
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const std::size_t user = authority.rfind('@');
  if (user != std::string_view::npos) authority.remove_prefix(user + 1);
  return parse_endpoint(authority, secure ? kHttpsPort : kHttpPort);
}

Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port) {
  Endpoint endpoint;
  endpoint.port = default_port;
  std::string_view host = text;
  std::string_view port;
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', text.starts_with('[') ? bracket : 0);
  if (text.starts_with('[') && bracket == std::string_view::npos) return not_an_endpoint(text);
  if (colon != std::string_view::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == port.data() + port.size();
    if (!whole || endpoint.port == 0) return not_an_endpoint(text);
  }
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return not_an_endpoint(text);
    host = host.substr(1, host.size() - 2);
  }
  std::ranges::transform(host, std::back_inserter(endpoint.host),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  const bool good = !endpoint.host.empty() && endpoint.host.size() <= kLongestHost &&
                    std::ranges::all_of(endpoint.host, is_host_character);
  if (!good) return not_an_endpoint(text);
  return endpoint;
}

}  // namespace interlude::sys
