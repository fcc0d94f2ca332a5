#include "publish/earlier.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "publish/payload.hpp"

namespace interlude::publish {
namespace {

using improvement::Payload;

Status unpack(sys::FileSystem& disk, const Path& directory, const improvement::Component& component,
              Contents& contents) {
  const auto full = std::ranges::find(component.payloads, Payload::From::Full, &Payload::from);
  if (full == component.payloads.end()) return {};  // no new content at all
  const Path file = join(directory, full->name);
  const Result<Bytes> payload = disk.read(file, full->size);
  if (!payload) return std::unexpected(payload.error());
  if (payload->size() != full->size || crypto::sha256(*payload) != full->digest) {
    return fail(ErrorKind::Corrupt, file + ": is not what manifest.json says");
  }
  const Status done = unpack_full_payload(component, *payload, contents);
  if (!done) return std::unexpected(done.error().during(file));
  return {};
}

}  // namespace

Result<improvement::Manifest> read_manifest(sys::FileSystem& disk, const Path& directory) {
  const Result<Bytes> text =
      disk.read(join(directory, "manifest.json"), improvement::kLargestManifest);
  if (!text) return std::unexpected(text.error());
  Result<improvement::Manifest> manifest = improvement::parse_manifest(*text);
  if (!manifest) return std::unexpected(manifest.error().during(directory));
  return manifest;
}

Result<improvement::Manifest> read_earlier(sys::FileSystem& disk, const Path& directory,
                                           const improvement::Id& id, Contents& contents) {
  Result<improvement::Manifest> manifest = read_manifest(disk, directory);
  if (!manifest) return manifest;
  improvement::Id same_letter = manifest->id;
  same_letter.letter = id.letter;
  if (same_letter != id || manifest->id.letter >= id.letter) {
    return fail(ErrorKind::Invalid, fmt::format("{}: {} is no earlier letter of what becomes {}",
                                                directory, manifest->id.text(), id.text()));
  }
  for (const improvement::Component& component : manifest->components) {
    const Status done = unpack(disk, directory, component, contents);
    if (!done) return std::unexpected(done.error());
  }
  return manifest;
}

}  // namespace interlude::publish
