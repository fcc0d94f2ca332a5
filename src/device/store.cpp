#include "device/store.hpp"

#include <algorithm>

namespace interlude::device {
namespace {

constexpr std::uint32_t kPrivateMode = 0700;
constexpr std::uint64_t kLargestDescription = 1ULL << 20U;
constexpr std::string_view kDescription = "generation.json";
constexpr std::string_view kManifest = "manifest.json";

/// Content and metadata as one name: two files share an object only if they are equal in both.
std::string object_name(const improvement::Entry& entry) {
  json::Value attributes = json::Value::object();
  for (const auto& [name, value] : entry.attributes) {
    attributes[name] = crypto::sha256(value).hex();
  }
  const json::Value identity = {{"digest", entry.digest.hex()},
                                {"mode", entry.mode},
                                {"uid", entry.uid},
                                {"gid", entry.gid},
                                {"attributes", std::move(attributes)}};
  return crypto::sha256(as_bytes(json::canonical(identity))).hex();
}

Status remove_any(sys::FileSystem& disk, const Path& path) {
  const auto info = disk.info(path);
  if (!info) return std::unexpected(info.error());
  if (info->type == sys::FileType::Directory) return sys::remove_tree(disk, path);
  return disk.remove(path);
}

}  // namespace

Status Store::prepare() {
  for (const Path& directory : {layout_.objects(), layout_.generations(), layout_.metadata()}) {
    const Status made = sys::make_directories(*disk_, directory, kDirectoryMode);
    if (!made) return made;
  }
  for (const Path& directory : {layout_.incoming(), layout_.accepted()}) {
    const Status made = sys::make_directories(*disk_, directory, kPrivateMode);
    if (!made) return made;
  }
  return {};
}

Path Store::object(const improvement::Entry& entry) const {
  return join(layout_.objects(), object_name(entry));
}

bool Store::has_object(const improvement::Entry& entry) const {
  return sys::exists(*disk_, object(entry));
}

Result<Improved> Store::generation(const std::string& id) const {
  const Path directory = layout_.generation(id);
  const Path description = join(directory, kDescription);
  const auto text = disk_->read(description, kLargestDescription);
  if (!text) return std::unexpected(text.error().during("reading generation " + id));
  const auto value = json::parse(*text);
  if (!value) return std::unexpected(value.error().during(description));
  auto generation = generation_from(json::Reader(*value, description));
  if (!generation) return std::unexpected(generation.error());
  const auto manifest_text = disk_->read(join(directory, kManifest), improvement::kLargestManifest);
  if (!manifest_text) {
    return std::unexpected(manifest_text.error().during("reading generation " + id));
  }
  auto manifest = improvement::parse_manifest(*manifest_text);
  if (!manifest) return std::unexpected(manifest.error().during("reading generation " + id));
  return Improved{std::move(*generation), std::move(*manifest)};
}

bool Store::has_generation(const std::string& id) const {
  return sys::exists(*disk_, layout_.generation(id));
}

Result<std::vector<std::string>> Store::generations() const {
  auto names = disk_->list(layout_.generations());
  if (!names) return std::unexpected(names.error());
  std::erase_if(*names, [](const std::string& name) { return name.ends_with(kPartial); });
  return std::move(*names);
}

Status Store::describe(const Improved& improved, const Path& directory) {
  const std::string description = json::canonical(to_json(improved.generation)) + "\n";
  const Status described =
      disk_->write(join(directory, kDescription), as_bytes(description), kFileMode);
  if (!described) return described;
  const std::string manifest = improvement::serialize(improved.manifest);
  return disk_->write(join(directory, kManifest), as_bytes(manifest), kFileMode);
}

Status Store::sweep() {
  for (const Path& directory : {layout_.library(), layout_.objects(), layout_.generations()}) {
    const auto names = disk_->list(directory);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      if (!name.ends_with(kPartial)) continue;
      const Status removed = remove_any(*disk_, join(directory, name));
      if (!removed) return std::unexpected(removed.error().during("sweeping " + directory));
    }
  }
  return {};
}

Status Store::collect(const std::set<std::string>& kept) {
  const auto names = generations();
  if (!names) return std::unexpected(names.error());
  for (const std::string& id : *names) {
    if (id == kBaseline || kept.contains(id)) continue;
    if (const Status removed = remove_generation(id); !removed) return removed;
  }
  return remove_unused_objects();
}

Status Store::remove_generation(const std::string& id) {
  // Under its final name a generation is complete: it loses the name before it loses a file.
  const Path doomed = layout_.generation(id) + std::string(kPartial);
  if (const Status renamed = disk_->rename(layout_.generation(id), doomed); !renamed) {
    return renamed;
  }
  if (const Status synced = disk_->sync(layout_.generations()); !synced) return synced;
  return sys::remove_tree(*disk_, doomed);
}

Status Store::remove_unused_objects() {
  const auto names = disk_->list(layout_.objects());
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const Path object = join(layout_.objects(), name);
    const auto info = disk_->info(object);
    if (!info) return std::unexpected(info.error());
    if (info->links > 1) continue;
    if (const Status removed = disk_->remove(object); !removed) return removed;
  }
  return {};
}

Status Store::discard_objects(const Improved& improved) {
  for (const improvement::Component* component : improved.on()) {
    for (const improvement::Entry* entry : rebuilt_entries(*component)) {
      if (!has_object(*entry)) continue;
      if (const Status removed = disk_->remove(object(*entry)); !removed) return removed;
    }
  }
  return {};
}

Status Store::clear_downloads() {
  for (const Path& directory : {layout_.incoming(), layout_.accepted()}) {
    const auto names = disk_->list(directory);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      if (const Status removed = disk_->remove(join(directory, name)); !removed) return removed;
    }
  }
  return {};
}

std::vector<const improvement::Entry*> rebuilt_entries(const improvement::Component& component) {
  std::vector<const improvement::Entry*> entries;
  for (const improvement::FileChange* change : improvement::rebuilt_files(component)) {
    entries.push_back(&*change->after);
  }
  return entries;
}

}  // namespace interlude::device
