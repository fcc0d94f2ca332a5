#include "tuf/contents.hpp"

#include <fmt/format.h>

#include <vector>

#include "tuf/store.hpp"
#include "tuf/workflow.hpp"

namespace interlude::tuf {
namespace {

Path root_file(const Path& metadata, std::uint64_t version) {
  return join(metadata, fmt::format("{}.root.json", version));
}

// The newest first.
Result<std::vector<Verified<Root>>> read_roots(sys::FileSystem& disk, const Path& metadata) {
  std::vector<Verified<Root>> roots;
  for (std::uint64_t version = newest_root(disk, metadata); version > 0; --version) {
    const Path file = root_file(metadata, version);
    const Result<Bytes> raw = disk.read(file, limit_of(Root::kType));
    if (!raw) return std::unexpected(raw.error());
    Result<Verified<Root>> root = check_own_root(*raw, file);
    if (!root) return std::unexpected(root.error());
    roots.push_back(std::move(*root));
  }
  if (!roots.empty()) return roots;
  return fail(ErrorKind::NotFound,
              fmt::format("{} is no repository's: it has no 1.root.json", metadata));
}

template <class T>
Result<Verified<T>> read_signed(sys::FileSystem& disk, const Path& file, std::string_view role,
                                const std::vector<Signers>& signers) {
  const Result<Bytes> raw = disk.read(file, limit_of(role));
  if (!raw) return std::unexpected(raw.error());
  Result<Verified<T>> first = Verified<T>::check(*raw, signers.front(), file);
  for (std::size_t i = 1; !first && i < signers.size(); ++i) {
    Result<Verified<T>> other = Verified<T>::check(*raw, signers[i], file);
    if (other) return other;
  }
  return first;
}

// What every root, the newest first, says about one role.
std::vector<Signers> signers_in(const std::vector<Verified<Root>>& roots, Signers Root::*role) {
  std::vector<Signers> all;
  for (const Verified<Root>& root : roots) all.push_back((*root).*role);
  return all;
}

Result<Verified<Targets>> read_list(sys::FileSystem& disk, const Path& metadata,
                                    const Snapshot& snapshot, const std::string& role,
                                    const std::vector<Signers>& signers) {
  const Result<FileMeta> announced = listed(snapshot, role);
  if (!announced) return std::unexpected(announced.error());
  const std::string file = fmt::format("{}.{}", announced->version, file_name_of_role(role));
  return read_signed<Targets>(disk, join(metadata, file), role, signers);
}

}  // namespace

std::uint64_t newest_root(sys::FileSystem& disk, const Path& metadata) {
  std::uint64_t version = 0;
  while (sys::exists(disk, root_file(metadata, version + 1))) ++version;
  return version;
}

Result<Contents> read_contents(sys::FileSystem& disk, const Path& metadata) {
  Result<std::vector<Verified<Root>>> roots = read_roots(disk, metadata);
  if (!roots) return std::unexpected(roots.error());
  Result<Verified<Timestamp>> timestamp =
      read_signed<Timestamp>(disk, join(metadata, "timestamp.json"), Timestamp::kType,
                             signers_in(*roots, &Root::timestamp));
  if (!timestamp) return std::unexpected(timestamp.error());
  const std::string snapshot_file = fmt::format("{}.snapshot.json", (*timestamp)->snapshot.version);
  Result<Verified<Snapshot>> snapshot = read_signed<Snapshot>(
      disk, join(metadata, snapshot_file), Snapshot::kType, signers_in(*roots, &Root::snapshot));
  if (!snapshot) return std::unexpected(snapshot.error());
  Result<Verified<Targets>> targets = read_list(
      disk, metadata, **snapshot, std::string(Targets::kType), signers_in(*roots, &Root::targets));
  if (!targets) return std::unexpected(targets.error());

  Contents all{std::move(roots->front()),
               std::move(*timestamp),
               std::move(*snapshot),
               std::move(*targets),
               {}};
  for (const Delegation& delegation : all.targets->delegations) {
    Result<Verified<Targets>> list =
        read_list(disk, metadata, *all.snapshot, delegation.name, {delegation.signers});
    if (!list) return std::unexpected(list.error());
    all.lists.emplace(delegation.name, std::move(*list));
  }
  return all;
}

json::Value signed_part(ByteView file) {
  // Verified before, hence well-formed.
  return json::parse(file)->at("signed");
}

}  // namespace interlude::tuf
