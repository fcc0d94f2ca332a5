#include "device/source.hpp"

#include <utility>

#include "device/manifest_file.hpp"

namespace interlude::device {
namespace {

constexpr std::string_view kManifestName = "manifest.json.zst";
constexpr std::uint64_t kLargestCompressedManifest = improvement::kLargestManifest;

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

std::string text_member(const json::Value& object, const char* name) {
  if (!object.is_object()) return "";
  const auto member = object.find(name);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

}  // namespace

std::string content_of(const tuf::Target& target) {
  const auto hash = target.hashes.find("sha256");
  return hash == target.hashes.end() ? "" : hash->second;
}

Source::Source(sys::FileSystem& disk, sys::Transport& transport, sys::Clock& clock,
               const Layout& layout, const Config& config)
    : disk_(&disk),
      layout_(layout),
      source_(config.source),
      platform_(config.platform),
      baseline_(config.baseline_version),
      client_(std::make_unique<tuf::Client>(disk, transport, clock, layout.metadata(),
                                            tuf::mirrors_at(config.urls))) {}

Result<Listing> Source::ask() {
  const auto changed = client_->changed();
  if (!changed) return std::unexpected(changed.error());
  if (*changed) {
    if (const Status refreshed = client_->refresh(); !refreshed) {
      return std::unexpected(refreshed.error());
    }
  }
  return list();
}

Result<Listing> Source::list() {
  auto role = client_->delegated(improvement::role_name(platform_, baseline_));
  if (!role) {
    if (role.error().kind() == ErrorKind::NotFound) return Listing{};
    return std::unexpected(role.error());
  }
  Listing listing;
  listing.known_baseline = true;
  // What does not say "none" demands rollout data: the cautious reading of anything unknown.
  listing.rollout_required = text_member(role->extra, "rollout") != "none";
  const std::string prefix = source_ + "/" + platform_ + "/" + baseline_ + "/";
  for (const auto& [path, target] : role->targets) {
    const auto letter = letter_of(path, prefix);
    if (letter && !content_of(target).empty()) listing.manifests.emplace(*letter, target);
  }
  listing.targets = std::move(role->targets);
  return listing;
}

Result<Offer> Source::manifest(const Listing& listing, const improvement::Letter& letter,
                               const GoOn& go_on) {
  const tuf::Target& target = listing.manifests.at(letter);
  if (target.length > kLargestCompressedManifest) {
    return fail(ErrorKind::Corrupt, target.path + ": larger than any manifest may be");
  }
  const auto file = fetch(target, go_on);
  if (!file) return std::unexpected(file.error());
  const auto compressed = disk_->read(*file, kLargestCompressedManifest);
  if (!compressed) return std::unexpected(compressed.error());
  auto manifest = unpack_manifest(*compressed);
  if (!manifest) return std::unexpected(manifest.error().during(target.path));
  const improvement::Id wanted{source_, platform_, baseline_, letter};
  if (manifest->id != wanted) {
    return fail(ErrorKind::Corrupt,
                target.path + ": the manifest calls itself " + manifest->id.text());
  }
  return Offer{std::move(*manifest), content_of(target),
               text_member(target.custom, "published_at")};
}

Result<Path> Source::payload(const Listing& listing, const improvement::Id& id,
                             const improvement::Payload& payload, const GoOn& go_on) {
  const std::string path = id.text() + "/" + payload.name;
  const auto target = listing.targets.find(path);
  if (target == listing.targets.end()) {
    return fail(ErrorKind::Corrupt, path + ": the manifest names it, the signed list does not");
  }
  if (target->second.length != payload.size || content_of(target->second) != payload.digest.hex()) {
    return fail(ErrorKind::Corrupt, path + ": manifest and signed list disagree");
  }
  return fetch(target->second, go_on);
}

Result<Path> Source::fetch(const tuf::Target& target, const GoOn& go_on) {
  const Path file = join(layout_.incoming(), content_of(target));
  if (const Status done = client_->download(target, file, go_on); !done) {
    return std::unexpected(done.error().during("fetching " + target.path));
  }
  return file;
}

}  // namespace interlude::device
