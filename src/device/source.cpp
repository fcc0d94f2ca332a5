#include "device/source.hpp"

#include <utility>

namespace interlude::device {
namespace {

/// The letter whose manifest `path` is, if it is one below `prefix` ("SOURCE/PLATFORM/BASELINE/").
std::optional<improvement::Letter> letter_of(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || path.substr(slash + 1) != kManifestName) {
    return std::nullopt;
  }
  const auto letter = improvement::Letter::parse(path.substr(0, slash));
  if (!letter) return std::nullopt;
  return *letter;
}

}  // namespace

Listing make_listing(const std::string& prefix, std::map<std::string, tuf::Target> targets,
                     bool rollout_required) {
  Listing listing;
  listing.known_baseline = true;
  listing.rollout_required = rollout_required;
  for (const auto& [path, target] : targets) {
    const auto letter = letter_of(path, prefix + "/");
    if (letter && !content_of(target).empty()) listing.manifests.emplace(*letter, target);
  }
  listing.targets = std::move(targets);
  return listing;
}

std::string content_of(const tuf::Target& target) {
  const auto hash = target.hashes.find("sha256");
  return hash == target.hashes.end() ? "" : hash->second;
}

}  // namespace interlude::device
