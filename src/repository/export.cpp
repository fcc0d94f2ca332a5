#include "repository/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>

#include "repository/publication.hpp"
#include "repository/rollouts.hpp"

namespace interlude::repository {
namespace {

// The lists wished for, each with the letters to take along.
using Wanted = std::map<std::string, std::vector<improvement::Id>>;

Wanted wanted(const tuf::Contents& contents, const ExportWish& wish) {
  Wanted all;
  for (const improvement::Id& id : published_ids(contents)) {
    if (id.platform != wish.platform) continue;
    if (!wish.baseline.empty() && id.baseline != wish.baseline) continue;
    std::vector<improvement::Id>& ids = all[improvement::role_name(id.platform, id.baseline)];
    if (!wish.every_letter && !ids.empty()) {
      if (ids.front().letter < id.letter) ids.front() = id;
    } else {
      ids.push_back(id);
    }
  }
  return all;
}

class Copier {
 public:
  Copier(sys::FileSystem& disk, Path from, Path to, Exported& exported)
      : disk_(&disk), from_(std::move(from)), to_(std::move(to)), exported_(&exported) {}

  Status copy(const Path& relative) {
    const Result<std::unique_ptr<sys::ReadFile>> source = disk_->open(join(from_, relative));
    if (!source) return std::unexpected(source.error());
    const Result<ByteView> content = (*source)->view();
    if (!content) return std::unexpected(content.error());
    const Path file = join(to_, relative);
    Status done = sys::make_directories(*disk_, parent_of(file), tuf::kPublicDirectory);
    if (done) done = sys::replace_file(*disk_, file, *content, tuf::kPublicFile);
    if (done) exported_->bytes += content->size();
    return done;
  }

 private:
  sys::FileSystem* disk_;
  Path from_;
  Path to_;
  Exported* exported_;
};

Status copy_targets(Copier& copier, const tuf::Targets& list,
                    const std::vector<improvement::Id>& ids, Exported& exported) {
  for (const auto& [path, target] : list.targets) {
    const bool belongs = std::ranges::any_of(
        ids, [&](const improvement::Id& id) { return path.starts_with(id.text() + "/"); });
    if (!belongs) continue;
    const Result<crypto::Sha256> digest = crypto::Sha256::from_hex(target.hashes.at("sha256"));
    if (!digest) return std::unexpected(digest.error().during(path));
    const Status copied = copier.copy("targets/" + tuf::consistent_name(path, *digest));
    if (!copied) return copied;
    ++exported.files;
  }
  return {};
}

Status copy_metadata(Copier& copier, const tuf::Contents& contents, const Exported& exported) {
  std::vector<std::string> names;
  for (const std::string& role : exported.lists) {
    names.push_back(fmt::format("{}.{}", contents.lists.at(role)->version, role));
  }
  if (is_speaking(contents)) {
    const std::string rollout(tuf::kRolloutRole);
    names.push_back(fmt::format("{}.{}", contents.lists.at(rollout)->version, rollout));
  }
  names.push_back(fmt::format("{}.targets", contents.targets->version));
  for (std::uint64_t version = 1; version <= contents.root->version; ++version) {
    names.push_back(fmt::format("{}.root", version));
  }
  names.push_back(fmt::format("{}.snapshot", contents.snapshot->version));
  names.emplace_back("timestamp");
  for (const std::string& name : names) {
    const Status copied = copier.copy("metadata/" + name + ".json");
    if (!copied) return copied;
  }
  return {};
}

Status check_destination(sys::FileSystem& disk, const Path& out) {
  if (!sys::exists(disk, out)) return {};
  const Result<std::vector<std::string>> names = disk.list(out);
  if (!names) return std::unexpected(names.error());
  if (names->empty() || sys::exists(disk, join(out, "metadata"))) return {};
  return fail(ErrorKind::Conflict,
              out + " is neither empty nor an earlier export; name a folder of its own");
}

}  // namespace

Result<Exported> export_part(sys::FileSystem& disk, const Path& public_folder,
                             const tuf::Contents& contents, const ExportWish& wish,
                             const Path& out) {
  const Wanted lists = wanted(contents, wish);
  if (lists.empty()) {
    return fail(ErrorKind::NotFound,
                fmt::format("nothing is published for the platform \"{}\"{}{}", wish.platform,
                            wish.baseline.empty() ? "" : " and baseline ", wish.baseline));
  }
  Status done = check_destination(disk, out);
  Exported exported;
  Copier copier(disk, public_folder, out, exported);
  for (const auto& [role, ids] : lists) {
    exported.lists.push_back(role);
    if (done) done = copy_targets(copier, *contents.lists.at(role), ids, exported);
  }
  if (done) done = copy_metadata(copier, contents, exported);
  if (!done) return std::unexpected(done.error());
  return exported;
}

}  // namespace interlude::repository
