#include "device/secret.hpp"

#include <algorithm>

#include "base/hex.hpp"
#include "crypto/digest.hpp"
#include "json/json.hpp"

namespace interlude::device {
namespace {

constexpr std::uint32_t kSecretMode = 0600;
constexpr std::uint64_t kLargestSecretFile = 4096;

/// What tells this machine from the one that its disk was copied from; empty where nothing does.
std::string identity(sys::FileSystem& disk, const Layout& layout) {
  std::string text;
  for (const char* name : {"etc/machine-id", "sys/class/dmi/id/product_uuid"}) {
    const auto content = disk.read(join(layout.root(), name), kLargestSecretFile);
    if (content) text += std::string(as_text(*content)) + "|";
  }
  return text;
}

std::string fingerprint(const std::string& of) {
  return crypto::sha256(as_bytes("interlude binding\n" + of)).hex();
}

std::optional<rollout::Secret> read_secret(sys::FileSystem& disk, const Path& file,
                                           const std::string& bound_to) {
  const auto text = disk.read(file, kLargestSecretFile);
  if (!text) return std::nullopt;
  const auto value = json::parse(*text);
  if (!value) return std::nullopt;
  const json::Reader reader(*value, file);
  const auto digits = reader.text("secret");
  const auto bound = reader.text("bound_to");
  if (!digits || !bound || *bound != bound_to) return std::nullopt;
  const auto bytes = from_hex(*digits);
  rollout::Secret secret{};
  if (!bytes || bytes->size() != secret.size()) return std::nullopt;
  std::ranges::copy(*bytes, secret.begin());
  return secret;
}

}  // namespace

std::optional<rollout::Secret> rollout_secret(sys::FileSystem& disk, sys::Random& random,
                                              const Layout& layout) {
  const std::string who = identity(disk, layout);
  const std::string bound_to = fingerprint(who);
  if (const auto kept = read_secret(disk, layout.secret(), bound_to)) return kept;
  rollout::Secret secret{};
  std::ranges::copy(random.bytes(secret.size()), secret.begin());
  const json::Value value = {{"secret", to_hex(secret)}, {"bound_to", bound_to}};
  const std::string text = json::canonical(value) + "\n";
  if (sys::replace_file(disk, layout.secret(), as_bytes(text), kSecretMode)) return secret;
  if (who.empty()) return std::nullopt;
  return crypto::sha256(as_bytes("interlude rollout secret\n" + who)).bytes;
}

}  // namespace interlude::device
