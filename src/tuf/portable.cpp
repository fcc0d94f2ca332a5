#include "tuf/portable.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/path.hpp"
#include "tuf/metadata.hpp"

namespace interlude::tuf {
namespace {

constexpr std::uint64_t kLargestNumber = (std::uint64_t{1} << 53U) - 1;
constexpr unsigned char kFourByteSequence = 0xf0;  // UTF-8 for what is beyond U+FFFF
constexpr std::string_view kPublicKeyLabel = "-----BEGIN PUBLIC KEY-----\n";

std::unexpected<Error> unportable(const std::string& where, const std::string& why) {
  return fail(ErrorKind::Invalid,
              fmt::format("{}: {}; not every client would read this alike", where, why));
}

bool beyond_basic_plane(const std::string& text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= kFourByteSequence; });
}

Status check_values(const json::Value& value, const std::string& where) {
  if (value.is_number_float()) return unportable(where, "is not a whole number");
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > kLargestNumber) {
    return unportable(where, "is beyond 2^53-1");
  }
  if (value.is_number_integer() && !value.is_number_unsigned() &&
      value.get<std::int64_t>() < -static_cast<std::int64_t>(kLargestNumber)) {
    return unportable(where, "is below -(2^53-1)");
  }
  if (!value.is_structured()) return {};
  for (const auto& [name, inner] : value.items()) {
    if (value.is_object() && beyond_basic_plane(name)) {
      return unportable(where,
                        fmt::format("the member \"{}\" has a character beyond U+FFFF", name));
    }
    const Status good = check_values(inner, where + "." + name);
    if (!good) return good;
  }
  return {};
}

// `check_part` for everything between slashes.
template <class Check>
Status check_parts(const std::string& path, Check check_part) {
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const Status part = check_part(path.substr(start, end - start));
    if (!part) return part;
    start = end + 1;
  }
  return {};
}

Status check_pattern(const std::string& pattern, const std::string& where) {
  return check_parts(pattern, [&](std::string part) -> Status {
    // Whatever a wildcard stands for here, the rest must be a name.
    std::ranges::replace_if(
        part, [](char c) { return c == '*' || c == '?'; }, 'x');
    return check_name(part, fmt::format("{}: in the pattern \"{}\", the part", where, pattern));
  });
}

Status check_role_name(const std::string& role, const std::string& where) {
  const Status name = check_name(role, where + ": role");
  if (!name) return name;
  if (role.find_first_not_of("0123456789") != std::string::npos) return {};
  return unportable(where, fmt::format("the role name \"{}\" is a number", role));
}

Status check_key(const json::Value& key, const std::string& where) {
  const std::string type = key.value("keytype", "");
  const std::string scheme = key.value("scheme", "");
  const bool raw = type == "ed25519" && scheme == "ed25519";
  const bool pem = (type == "rsa" && scheme == "rsassa-pss-sha256") ||
                   (type == "ecdsa" && scheme == "ecdsa-sha2-nistp256");
  if (!raw && !pem) {
    return unportable(where, fmt::format("a key of type \"{}\" with scheme \"{}\"", type, scheme));
  }
  if (!key.contains("keyval")) return unportable(where, "a key without \"keyval\"");
  const std::string text = key.at("keyval").value("public", "");
  if (pem && !(text.starts_with(kPublicKeyLabel) && text.ends_with("-----END PUBLIC KEY-----\n"))) {
    return unportable(where,
                      "an RSA or ECDSA key that is not PEM SubjectPublicKeyInfo (BEGIN PUBLIC "
                      "KEY, with its final newline)");
  }
  return {};
}

Status check_keys(const json::Value& keys, const std::string& where) {
  for (const auto& [id, key] : keys.items()) {
    const Status good = check_key(key, where + ".keys." + id);
    if (!good) return good;
  }
  return {};
}

Status check_delegations(const json::Value& delegations, const std::string& where) {
  Status good = check_keys(delegations.at("keys"), where);
  if (!good) return good;
  for (const json::Value& role : delegations.value("roles", json::Value::array())) {
    good = check_role_name(role.value("name", ""), where);
    if (!good) return good;
    if (!role.contains("terminating") || !role.at("terminating").is_boolean()) {
      return unportable(where, fmt::format("\"{}\" does not say whether it is terminating",
                                           role.value("name", "")));
    }
    for (const json::Value& pattern : role.value("paths", json::Value::array())) {
      good = check_pattern(pattern.get<std::string>(), where);
      if (!good) return good;
    }
  }
  return {};
}

}  // namespace

Status check_target_path(const std::string& path) {
  return check_parts(path, [&](const std::string& part) {
    return check_name(part, fmt::format("in the target path \"{}\", the part", path));
  });
}

Status check_portable(const json::Value& content, const std::string& role) {
  Status good = check_role_name(role, role);
  if (good) good = check_values(content, role);
  if (good && content.contains("keys")) good = check_keys(content.at("keys"), role);
  if (good && content.contains("delegations")) {
    good = check_delegations(content.at("delegations"), role + ".delegations");
  }
  if (!good || !content.contains("targets")) return good;
  for (const auto& [path, target] : content.at("targets").items()) {
    good = check_target_path(path);
    if (!good) return good;
  }
  return {};
}

}  // namespace interlude::tuf
