#include "tuf/hashes.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"

namespace interlude::tuf {
namespace {

using Algorithm = crypto::Hasher::Algorithm;

std::optional<Algorithm> algorithm_named(std::string_view name) {
  if (name == "sha256") return Algorithm::Sha256;
  if (name == "sha512") return Algorithm::Sha512;
  return std::nullopt;
}

}  // namespace

HashCheck::HashCheck(const std::map<std::string, std::string>& expected) {
  for (const auto& [name, digits] : expected) {
    const std::optional<Algorithm> algorithm = algorithm_named(name);
    if (algorithm) all_.push_back({name, digits, crypto::Hasher(*algorithm)});
  }
}

void HashCheck::update(ByteView piece) {
  for (One& one : all_) one.hasher.update(piece);
}

Status HashCheck::finish(const std::string& name) {
  // check: hash-known
  if (all_.empty()) {
    return fail(ErrorKind::Corrupt, name + ": no hash of a known algorithm is listed for it");
  }
  for (One& one : all_) {
    const std::string found = to_hex(one.hasher.finish());
    // check: hash
    if (found != one.expected) {
      return fail(ErrorKind::Corrupt, fmt::format("{}: its {} is {}, announced is {}", name,
                                                  one.algorithm, found, one.expected));
    }
  }
  return {};
}

Status check_bytes(ByteView raw, const std::optional<std::uint64_t>& length,
                   const std::map<std::string, std::string>& hashes, const std::string& name) {
  // check: length
  if (length && *length != raw.size()) {
    return fail(ErrorKind::Corrupt,
                fmt::format("{}: is {} bytes long, announced are {}", name, raw.size(), *length));
  }
  if (hashes.empty()) return {};
  HashCheck check(hashes);
  check.update(raw);
  return check.finish(name);
}

}  // namespace interlude::tuf
