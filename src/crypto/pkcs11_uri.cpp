#include "crypto/pkcs11_uri.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <set>

namespace interlude::crypto {
namespace {

constexpr std::size_t kLongest = 2048;
constexpr std::string_view kPrefix = "pkcs11:";
constexpr std::array<std::string_view, 4> kOfToken = {"token", "serial", "manufacturer", "model"};
constexpr std::array<std::string_view, 2> kOfObject = {"object", "id"};

std::unexpected<Error> refuse(std::string_view text, std::string_view problem) {
  return fail(ErrorKind::Invalid, fmt::format("\"{}\": {}", text, problem));
}

bool is_one_of(auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      plain += text[at];
      continue;
    }
    const std::string_view digits = text.substr(at + 1, 2);
    unsigned value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || end != digits.data() + 2 || value == 0) {
      return refuse(text, "expected two hexadecimal digits after each %");
    }
    plain += static_cast<char>(value);
    at += 2;
  }
  return plain;
}

/// Calls `take` for each NAME=VALUE of `list`; no name may stand twice.
Status each_attribute(std::string_view list, char separator,
                      const std::function<Status(std::string_view, std::string_view)>& take) {
  std::set<std::string_view> seen;
  while (!list.empty()) {
    const std::string_view attribute = list.substr(0, list.find(separator));
    list.remove_prefix(std::min(attribute.size() + 1, list.size()));
    const std::size_t equals = attribute.find('=');
    if (equals == std::string_view::npos || equals + 1 == attribute.size()) {
      return refuse(attribute, "expected NAME=VALUE");
    }
    const std::string_view name = attribute.substr(0, equals);
    if (!seen.insert(name).second) return refuse(name, "stands twice");
    const Status taken = take(name, attribute.substr(equals + 1));
    if (!taken) return taken;
  }
  return {};
}

Status take_path(Pkcs11Uri& uri, std::string_view name, std::string_view value) {
  if (name == "type" && value == "private") return {};
  const bool of_token = is_one_of(kOfToken, name);
  if (!of_token && !is_one_of(kOfObject, name)) {
    return refuse(name, "unknown; expected token, serial, manufacturer, model, object or id");
  }
  const Result<std::string> readable = decoded(value);
  if (!readable) return std::unexpected(readable.error());
  std::string& part = of_token ? uri.token : uri.object;
  if (!part.empty()) part += ';';
  part += fmt::format("{}={}", name, value);
  return {};
}

Status take_query(Pkcs11Uri& uri, std::string_view name, std::string_view value) {
  if (name == "pin-value") {
    return refuse(name, "a PIN does not belong where everybody reads it; use pin-source or none");
  }
  Result<std::string> path = decoded(value);
  if (!path) return std::unexpected(path.error());
  if (name == "module-path") {
    uri.module_path = std::move(*path);
  } else if (name == "pin-source") {
    if (path->starts_with("file:")) path->erase(0, 5);
    if (!path->starts_with('/')) return refuse(*path, "expected pin-source=file:/PATH");
    uri.pin_source = std::move(*path);
  } else {
    return refuse(name, "unknown; expected module-path or pin-source");
  }
  return {};
}

bool is_printable(char byte) {
  return byte > ' ' && byte <= '~';
}

Result<Pkcs11Uri> parsed(std::string_view text) {
  if (text.size() > kLongest) return refuse(text.substr(0, 80), "is too long");
  if (!std::ranges::all_of(text, is_printable)) {
    return refuse(kPrefix, "blanks and other than ASCII characters are written as %XX");
  }
  if (!text.starts_with(kPrefix)) return refuse(text, "expected pkcs11:token=…;object=…");
  text.remove_prefix(kPrefix.size());
  const std::size_t end = std::min(text.find('?'), text.size());

  Pkcs11Uri uri;
  Status read = each_attribute(
      text.substr(0, end), ';',
      [&](std::string_view name, std::string_view value) { return take_path(uri, name, value); });
  if (read && end < text.size()) {
    read = each_attribute(text.substr(end + 1), '&',
                          [&](std::string_view name, std::string_view value) {
                            return take_query(uri, name, value);
                          });
  }
  if (!read) return std::unexpected(read.error());
  if (uri.token.empty() || uri.object.empty()) {
    return refuse(text, "expected a token (token=…) and a key in it (object=… or id=…)");
  }
  return uri;
}

}  // namespace

Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text) {
  Result<Pkcs11Uri> uri = parsed(text);
  if (!uri) return std::unexpected(uri.error().during("PKCS#11 URI"));
  return uri;
}

}  // namespace interlude::crypto
