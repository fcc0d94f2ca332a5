#pragma once

#include <string>
#include <vector>

#include "improvement/manifest.hpp"
#include "publish/input.hpp"

namespace interlude::publish {

/// One path that differs, with both contents at hand.
struct Change {
  improvement::FileChange file;
  Content before;  ///< where `file.before` is a regular file
  Content after;   ///< where `file.after` is a regular file
};

struct Comparison {
  std::vector<Change> changes;      ///< sorted by path
  std::vector<Path> configuration;  ///< conffiles that differ, left to the package manager
};

/// What differs between the two sides: content, kind, mode, owner, attributes, additions,
/// deletions.
///  - Between folders everything counts. Where one of them lost its owners, the other's are taken.
///  - A package replaces the same package of the baseline: only files that its old version owned
///    can be deleted, directories that exist stay as they are (as dpkg does), and what it declares
///    as configuration is left to the package manager, and listed.
/// Errors: those of reading; Denied for a device node, socket or pipe that the baseline lacks.
/// Cost: reads both sides where sizes agree; hashes only what differs.
Result<Comparison> compare(const Sides& sides, bool with_documentation);

}  // namespace interlude::publish
