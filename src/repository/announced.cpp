#include "repository/announced.hpp"

#include "improvement/manifest_file.hpp"
#include "repository/publication.hpp"

namespace interlude::repository {
namespace {

std::unexpected<Error> not_as_listed(const Path& file) {
  return fail(ErrorKind::Corrupt, file + ": is not what its list says");
}

Result<sys::Time> publication_time(const tuf::Target& target) {
  const json::Value& custom = target.custom;
  if (!custom.is_object() || !custom.contains("published_at") ||
      !custom.at("published_at").is_string()) {
    return fail(ErrorKind::Corrupt, target.path + ": its list does not say when it was published");
  }
  return sys::parse_time(custom.at("published_at").get<std::string>());
}

Result<Announced> read_announcement(sys::FileSystem& disk, const Path& public_folder,
                                    const improvement::Id& id, const tuf::Targets& list) {
  const tuf::Target& target = list.targets.at(published_manifest(id));
  const auto hash = target.hashes.find("sha256");
  if (hash == target.hashes.end()) return not_as_listed(target.path);
  const Result<crypto::Sha256> digest = crypto::Sha256::from_hex(hash->second);
  if (!digest) return std::unexpected(digest.error().during(target.path));
  const Path file = join(public_folder, "targets/" + tuf::consistent_name(target.path, *digest));
  const Result<Bytes> packed = disk.read(file, improvement::kLargestManifest);
  if (!packed) return std::unexpected(packed.error());
  if (crypto::sha256(*packed) != *digest) return not_as_listed(file);
  Result<improvement::Manifest> manifest = improvement::unpack_manifest(*packed);
  if (!manifest) return std::unexpected(manifest.error().during(file));
  if (manifest->id != id) return not_as_listed(file);
  const Result<sys::Time> time = publication_time(target);
  if (!time) return std::unexpected(time.error());
  return Announced{std::move(*manifest), *time, list.extra.value("rollout", "") == "required"};
}

}  // namespace

Result<std::vector<Announced>> read_announced(sys::FileSystem& disk, const Path& public_folder,
                                              const tuf::Contents& contents) {
  std::vector<Announced> all;
  for (const improvement::Id& id : published_ids(contents)) {
    const tuf::Targets& list = *contents.lists.at(improvement::role_name(id.platform, id.baseline));
    Result<Announced> one = read_announcement(disk, public_folder, id, list);
    if (!one) return std::unexpected(one.error());
    all.push_back(std::move(*one));
  }
  return all;
}

}  // namespace interlude::repository
