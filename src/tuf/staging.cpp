#include "tuf/staging.hpp"

#include <fmt/format.h>

#include <memory>
#include <set>

#include "tuf/store.hpp"

namespace interlude::tuf {
namespace {

constexpr std::string_view kMetadata = "metadata";
constexpr std::string_view kTargets = "targets";
constexpr std::string_view kPlatforms = "platforms.json";
constexpr std::uint64_t kLongestKeys = 65536;

// "ROLE" of "V.ROLE.json".
std::string role_of(const std::string& file) {
  const std::string_view ending = ".json";
  const std::size_t dot = file.find('.');
  if (dot == std::string::npos || !file.ends_with(ending) || file.size() < dot + 7) return "";
  return file.substr(dot + 1, file.size() - dot - 1 - ending.size());
}

}  // namespace

Path consistent_name(const std::string& path, const crypto::Sha256& digest) {
  return join(parent_of(path), digest.hex() + "." + file_name_of(path));
}

Staging::Staging(sys::FileSystem& disk, const Path& directory)
    : disk_(&disk),
      final_(join(directory, "staged")),
      partial_(join(directory, "staged.partial")) {}

bool Staging::present() const {
  return sys::exists(*disk_, final_);
}

Result<Act> Staging::load() const {
  Act act;
  const Path metadata = join(final_, kMetadata);
  const Result<std::vector<std::string>> names = disk_->list(metadata);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const std::string role = role_of(name);
    if (role.empty()) continue;  // what an interrupted save left
    const Path file = join(metadata, name);
    const Result<Bytes> raw = disk_->read(file, limit_of(role));
    if (!raw) return std::unexpected(raw.error());
    Result<Draft> draft = Draft::parse(*raw, file);
    if (!draft) return std::unexpected(draft.error());
    act.drafts.emplace(role, std::move(*draft));
  }
  const Path platforms = join(final_, kPlatforms);
  if (!sys::exists(*disk_, platforms)) return act;
  Result<RoleKeys> keys = read_role_keys(*disk_, platforms);
  if (!keys) return std::unexpected(keys.error());
  act.platforms = std::move(*keys);
  return act;
}

Status Staging::begin() {
  Status done = sys::remove_tree(*disk_, partial_);
  for (const std::string_view directory : {kMetadata, kTargets}) {
    if (!done) return done;
    done = sys::make_directories(*disk_, join(partial_, directory), kPublicDirectory);
  }
  return done;
}

Status Staging::put(const NewTarget& target) {
  std::unique_ptr<sys::ReadFile> opened;  // keeps the view alive
  ByteView content;
  if (const Path* from = std::get_if<Path>(&target.content)) {
    Result<std::unique_ptr<sys::ReadFile>> source = disk_->open(*from);
    if (!source) return std::unexpected(source.error());
    opened = std::move(*source);
    const Result<ByteView> view = opened->view();
    if (!view) return std::unexpected(view.error());
    content = *view;
  } else {
    content = std::get<Bytes>(target.content);
  }
  if (content.size() != target.length || crypto::sha256(content) != target.digest) {
    return fail(ErrorKind::Corrupt, target.path + ": has another length or SHA-256 than expected");
  }
  const Path file = join(join(partial_, kTargets), consistent_name(target.path, target.digest));
  const Status made = sys::make_directories(*disk_, parent_of(file), kPublicDirectory);
  if (!made) return made;
  return disk_->write(file, content, kPublicFile);
}

Status Staging::write_act(const Path& directory, const Act& act) {
  for (const auto& [role, draft] : act.drafts) {
    const Path file =
        join(join(directory, kMetadata), fmt::format("{}.{}.json", draft.version(), role));
    const Status written = sys::replace_file(*disk_, file, draft.raw(), kPublicFile);
    if (!written) return written;
  }
  if (!act.platforms) return {};
  return write_role_keys(*disk_, join(directory, kPlatforms), *act.platforms);
}

Status Staging::finish(const Act& act) {
  Status done = write_act(partial_, act);
  if (done) done = disk_->sync_tree(partial_);
  if (done) done = disk_->rename(partial_, final_);
  if (done) done = disk_->sync(parent_of(final_));
  return done;
}

Status Staging::save(const Act& act) {
  return write_act(final_, act);
}

Status Staging::move_targets(const Path& public_targets) {
  const Path from = join(final_, kTargets);
  std::set<Path> changed;
  const Status moved =
      sys::walk(*disk_, from, [&](const Path& relative, const sys::FileInfo& info) -> Status {
        const Path to = join(public_targets, relative);
        if (info.type == sys::FileType::Directory) {
          return sys::make_directories(*disk_, to, kPublicDirectory);
        }
        changed.insert(parent_of(to));
        return disk_->rename(join(from, relative), to);
      });
  if (!moved) return moved;
  for (const Path& directory : changed) {
    const Status synced = disk_->sync(directory);
    if (!synced) return synced;
  }
  return {};
}

Status Staging::clear() {
  // Renamed first: half of an act must never look like one.
  Status done = sys::remove_tree(*disk_, partial_);
  if (done && present()) {
    done = disk_->rename(final_, partial_);
    if (done) done = disk_->sync(parent_of(final_));
    if (done) done = sys::remove_tree(*disk_, partial_);
  }
  return done;
}

Result<RoleKeys> read_role_keys(sys::FileSystem& disk, const Path& file) {
  const Result<Bytes> raw = disk.read(file, kLongestKeys);
  if (!raw) return std::unexpected(raw.error());
  const Result<json::Value> value = json::parse(*raw);
  if (!value) return std::unexpected(value.error().during(file));
  return role_keys_from(json::Reader(*value, file));
}

Status write_role_keys(sys::FileSystem& disk, const Path& file, const RoleKeys& keys) {
  return sys::replace_file(disk, file, as_bytes(json::canonical(to_json(keys)) + "\n"),
                           kPublicFile);
}

}  // namespace interlude::tuf
