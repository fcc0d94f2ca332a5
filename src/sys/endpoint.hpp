#pragma once
// Where a connection leads: the part of a URL that a connector has to know.

#include <compare>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace interlude::sys {

struct Endpoint {
  std::string host;  ///< lower-case name or address; IPv6 without brackets
  std::uint16_t port = 0;

  auto operator<=>(const Endpoint&) const = default;
  /// "host:port".
  std::string text() const;
};

/// Of a URL that starts with http:// or https://, with the scheme's own port where it names none.
/// Invalid for anything else.
Result<Endpoint> endpoint_of(std::string_view url);

/// "host", "host:port" or "[::1]:port". Invalid for anything else.
Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port);

}  // namespace interlude::sys
