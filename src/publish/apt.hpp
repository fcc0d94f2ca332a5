#pragma once

#include <string>
#include <vector>

#include "publish/changelog.hpp"
#include "publish/tree.hpp"
#include "sys/process.hpp"

namespace interlude::publish {

/// A package to fetch: `PKG` (the newest version offered) or `PKG=VERSION`.
struct Wanted {
  std::string package;
  std::string version;  ///< empty: the newest
};

Wanted parse_wanted(std::string_view text);

struct Fetched {
  std::vector<Path> baseline;
  std::vector<Path> patched;
};

/// Downloads each package at version `from` and at its wanted one into `directory` (which must
/// exist; made for this) through apt-get, which checks them. Errors: NotFound where apt-get does
/// not offer one (with what it said and which versions it offers) or is not there; Invalid for what
/// is no package's name or version.
Result<Fetched> fetch_packages(sys::FileSystem& disk, sys::ProcessRunner& processes,
                               const std::vector<Wanted>& wanted, const std::string& from,
                               const Path& directory);

/// The changelog in a package: usr/share/doc/PACKAGE/changelog.Debian.gz. NotFound where it has
/// none.
Result<std::string> changelog_of(sys::FileSystem& disk, const Path& deb);

}  // namespace interlude::publish
