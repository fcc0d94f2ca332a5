#pragma once
// From what `interlude build` wrote to what a repository lists.
//
// One promise is kept here: a published id never gets other bytes. And one act of publishing, which
// may span many platforms and baselines, is announced as a whole or not at all.

#include <optional>
#include <string>
#include <vector>

#include "improvement/manifest.hpp"
#include "rollout/schedule.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "tuf/repository.hpp"

namespace interlude::repository {

/// One improvement as it lies in a folder, its payloads checked.
struct Built {
  improvement::Manifest manifest;
  Bytes text;      ///< of manifest.json
  Path directory;  ///< where the manifest and its payloads are
};

/// Whether devices may install without rollout data.
enum class RolloutRule { None, Required };

/// On what terms a publication reaches devices.
struct Terms {
  std::optional<RolloutRule> rule;  ///< without: as the list says; a new one says none
  std::optional<rollout::Schedule>
      schedule;       ///< where rollout data is required; without: normal, from now on
  bool hold = false;  ///< it does not begin by itself: `rollout start` does
  std::chrono::hours timestamp_life{0};  ///< as the repository's timestamps are signed
};

struct Publication {
  std::vector<improvement::Id> added;
  std::vector<improvement::Id> known;  ///< published before with the same bytes
  std::vector<std::string> warnings;
  std::vector<tuf::ListUpdate> updates;  ///< empty: nothing is left to do
};

inline constexpr std::string_view kPublishedManifest = "manifest.json.zst";

/// Reads `directory`: one improvement, or a release with one in each PLATFORM/BASELINE folder.
/// Errors: NotFound (no manifest.json, or a payload is missing), Corrupt (a manifest or payload is
/// not what it must be), Invalid (two for one platform and baseline).
Result<std::vector<Built>> read_build(sys::FileSystem& disk, const Path& directory);

/// The form in which a manifest is published: zstd at its best, the same for the same text and
/// library version.
Bytes pack_manifest(ByteView text);

/// What the list of one platform and baseline gets for `built`.
tuf::ListUpdate list_update(const Built& built, const std::optional<rollout::Schedule>& schedule,
                            sys::Time now);

/// What publishing `builds`, which must be of `source`, means for a repository that announces
/// `contents`: for Repository::publish, all of it or nothing. Where rollout data is required, the
/// rollouts begin with it. Pure. Errors: Invalid (another source), Conflict (a known id with
/// other bytes).
Result<Publication> plan(const tuf::Contents& contents, const std::string& source,
                         const std::vector<Built>& builds, const Terms& terms, sys::Time now);

/// The path under which a list has an improvement's manifest.
std::string published_manifest(const improvement::Id& id);
/// All improvements that are announced, in the order of lists and paths.
std::vector<improvement::Id> published_ids(const tuf::Contents& contents);

}  // namespace interlude::repository
