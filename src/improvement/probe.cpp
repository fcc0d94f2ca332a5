#include "improvement/probe.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/path.hpp"

namespace interlude::improvement {
namespace {

constexpr std::size_t kLongestUnitName = 255;
constexpr std::size_t kMostArguments = 64;
constexpr std::size_t kLongestArgument = 4096;
constexpr std::size_t kLongestSocketPath = 107;
constexpr std::array<std::string_view, 10> kUnitTypes = {
    ".service",   ".socket", ".target", ".device", ".mount",
    ".automount", ".swap",   ".timer",  ".path",   ".scope"};

std::unexpected<Error> invalid(std::string problem) {
  return fail(ErrorKind::Invalid, std::move(problem));
}

/// An absolute path without "." and "..".
bool is_plain_absolute(std::string_view path) {
  return path.starts_with('/') && check_canonical(path.substr(1)).has_value();
}

Status check_command(const std::vector<std::string>& command) {
  if (command.empty() || !is_plain_absolute(command.front())) {
    return invalid("a command starts with the absolute path of a program");
  }
  const bool too_long = std::ranges::any_of(
      command, [](const std::string& each) { return each.size() > kLongestArgument; });
  if (command.size() > kMostArguments || too_long) return invalid("the command is too long");
  return {};
}

}  // namespace

Status check_unit_name(std::string_view name, bool pattern) {
  const auto allowed = [&](char c) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || std::string_view(":-_.\\@").find(c) != std::string_view::npos) return true;
    return pattern && (c == '*' || c == '?');
  };
  const bool typed =
      std::ranges::any_of(kUnitTypes, [&](std::string_view type) { return name.ends_with(type); });
  const bool good = !name.empty() && name.size() <= kLongestUnitName &&
                    std::ranges::all_of(name, allowed) && (typed || pattern);
  if (good) return {};
  return invalid("expected the name of a unit, e.g. \"nginx.service\"");
}

Result<Address> parse_address(std::string_view text) {
  constexpr std::string_view kTcp = "tcp:";
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) {
    const std::string_view path = text.substr(kUnix.size());
    if (path.size() <= kLongestSocketPath && is_plain_absolute(path)) {
      return Address{std::string(path), "", 0};
    }
  }
  if (text.starts_with(kTcp)) {
    std::string_view rest = text.substr(kTcp.size());
    const std::size_t colon = rest.rfind(':');
    std::uint16_t port = 0;
    if (colon != std::string_view::npos) {
      const std::string_view digits = rest.substr(colon + 1);
      const char* const end = digits.data() + digits.size();
      const auto parsed = std::from_chars(digits.data(), end, port);
      if (parsed.ec != std::errc() || parsed.ptr != end) port = 0;
      rest = rest.substr(0, colon);
    }
    if (port != 0 && rest == "127.0.0.1") return Address{"", "127.0.0.1", port};
    if (port != 0 && rest == "[::1]") return Address{"", "::1", port};
  }
  return invalid("expected \"tcp:127.0.0.1:PORT\", \"tcp:[::1]:PORT\" or \"unix:/PATH\"");
}

Status check_probe(const Probe& probe) {
  if (const Status named = check_name(probe.name, "name"); !named) return named;
  if (probe.seconds < 1 || probe.seconds > kLongestProbeSeconds) {
    return invalid("a probe may take 1 to 300 seconds");
  }
  switch (probe.kind) {
    case Probe::Kind::Command:
      return check_command(probe.command);
    case Probe::Kind::Unit:
      return check_unit_name(probe.target, false);
    case Probe::Kind::Socket: {
      const auto address = parse_address(probe.target);
      if (!address) return std::unexpected(address.error());
      return {};
    }
  }
  return {};
}

}  // namespace interlude::improvement
