#pragma once
// A probe: a health test that tells whether what a device switched on works. Publishers sign probes
// with a component, administrators write their own (docs/formats/probes.md).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace interlude::improvement {

struct Probe {
  enum class Kind {
    Command,  ///< a program that must end with exit code 0
    Unit,     ///< a unit of the service manager that must be active
    Socket,   ///< an address that must accept a connection
  };

  std::string name;
  Kind kind = Kind::Unit;
  std::vector<std::string> command;  ///< Command: an absolute program and its arguments
  std::string target;  ///< Unit: its name; Socket: "tcp:ADDRESS:PORT" (loopback), "unix:PATH"
  std::uint32_t seconds = 10;  ///< the longest it may take

  bool operator==(const Probe&) const = default;
};

inline constexpr std::uint32_t kLongestProbeSeconds = 300;
inline constexpr std::size_t kMostProbes = 64;  ///< of one component, or one file

/// Invalid, saying what is wrong.
Status check_probe(const Probe& probe);

/// Invalid unless `name` is a unit of the service manager by its form ("nginx.service",
/// "db@1.service"); with `pattern` it may hold "*" and "?".
Status check_unit_name(std::string_view name, bool pattern);

/// A socket's address in its parts.
struct Address {
  std::string path;  ///< of a Unix socket; empty: TCP
  std::string host;  ///< numeric, of the loopback network
  std::uint16_t port = 0;

  bool operator==(const Address&) const = default;
};
Result<Address> parse_address(std::string_view text);

}  // namespace interlude::improvement
