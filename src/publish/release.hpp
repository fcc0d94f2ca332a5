#pragma once
// One act of publishing: the same fix for every platform and baseline it concerns, all or none.
// Format of the file that describes it: docs/formats/release.md.

#include <string>
#include <vector>

#include "publish/build.hpp"

namespace interlude::publish {

struct Release {
  std::vector<Request> cells;  ///< each platform and baseline once
  std::vector<improvement::Advisory> advisories;
};

/// Reads a release file and the advisory file it names; paths are relative to the release file.
/// Errors: NotFound; Invalid, with file, line and key.
Result<Release> read_release(sys::FileSystem& disk, const Path& file);

/// The advisories of a file. Errors: NotFound; Invalid, with file and line.
Result<std::vector<improvement::Advisory>> read_advisories(sys::FileSystem& disk, const Path& file);

/// The probes and restart rules of a file. Errors: NotFound; Invalid, with file and line.
Result<probes::ProbeFile> read_probes(sys::FileSystem& disk, const Path& file);

/// Where a cell's improvement lies in a release's folder: PLATFORM/BASELINE.
Path cell_directory(const improvement::Id& id);

/// Invalid where an advisory concerns none of the improvements: its component is misspelt, or the
/// fix is missing from every cell.
Status check_advisories_used(const Release& release,
                             const std::vector<improvement::Manifest>& manifests);

/// `RULE=REASON` or `RULE:PATHGLOB=REASON`, as `--allow` takes it; the gate judges them.
improvement::Allowance parse_allowance(std::string_view text);

/// Invalid, naming the field, unless all parts of an id are well formed.
Result<improvement::Id> make_id(const std::string& source, const std::string& platform,
                                const std::string& baseline_version, const std::string& letter);

}  // namespace interlude::publish
