#pragma once
// What a publisher decided when the repository was made: repository.toml, and the making itself.

#include <string>

#include "sys/clock.hpp"
#include "sys/file_system.hpp"
#include "tuf/repository.hpp"

namespace interlude::repository {

struct Settings {
  std::string source = "local";  ///< first part of every id published here
  sys::Time created;
  tuf::Lifetimes lifetimes;
};

/// Makes a repository in `directory`, which must not exist or be empty (Conflict). repository.toml
/// is written last: a folder without it is not a repository.
Status initialise(sys::FileSystem& disk, sys::Clock& clock, const Path& directory,
                  const Settings& settings);

/// Errors: NotFound where `directory` is no repository; Invalid with file, line and key.
Result<Settings> read_settings(sys::FileSystem& disk, const Path& directory);

}  // namespace interlude::repository
