#pragma once
// What a publisher decided when the repository was made: repository.toml, and the making itself.

#include <string>

#include "repository/key_folder.hpp"
#include "sys/clock.hpp"
#include "sys/file_system.hpp"

namespace interlude::repository {

struct Settings {
  std::string source = "local";  ///< first part of every id published here
  sys::Time created;
  tuf::Lifetimes lifetimes;
  /// Where the public folder is served, with a slash at its end; empty where that is not known. For
  /// the pages alone: devices have their own setting.
  std::string base_url = {};
};

/// Which keys a new repository gets: three for root, two of which must sign; one for every other
/// role.
struct Keys {
  std::map<std::string, KeyWish> wishes = {{"root", {3, 2, {}}}, {"targets", {}},
                                           {"snapshot", {}},     {"timestamp", {}},
                                           {"platforms", {}},    {"rollout", {}}};
  KeyKind kind;
};

/// Makes a repository in `directory`, which must not exist or be empty (Conflict). repository.toml
/// is written last: a folder without it is not a repository. Not announced where keys that must
/// sign are elsewhere: see Repository::complete.
Result<tuf::Outcome> initialise(sys::FileSystem& disk, sys::Clock& clock,
                                sys::ProcessRunner& processes, const crypto::AskSecret& ask,
                                const Path& directory, const Settings& settings, const Keys& keys);

/// `url` with a slash at its end; empty stays so. Invalid unless http:// or https://, a host, and
/// nothing that would have to be escaped.
Result<std::string> checked_base_url(std::string url);

/// Errors: NotFound where `directory` is no repository; Invalid with file, line and key.
Result<Settings> read_settings(sys::FileSystem& disk, const Path& directory);

}  // namespace interlude::repository
