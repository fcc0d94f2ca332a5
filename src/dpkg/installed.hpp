#pragma once
// What dpkg's own files say about the packages of a root: var/lib/dpkg/status, and beside it
// var/lib/dpkg/updates, what a dpkg that was killed had not merged yet. dpkg need not be there, and
// nothing is run.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/file_system.hpp"

namespace interlude::dpkg {

struct Package {
  std::string version;
  std::string architecture;
  bool held = false;  ///< the administrator wants it to stay as it is: `apt-mark hold`
  std::string status;  ///< "installed"; in the middle of dpkg's work "unpacked", "half-installed" …

  bool operator==(const Package&) const = default;
};

inline constexpr std::uint64_t kLargestStatus = 64ULL << 20U;
/// dpkg merges what it noted after 250 notes.
inline constexpr std::size_t kMostUpdates = 300;

/// The packages of one root, read once and asked about many. Cost: one pass over some megabytes for
/// each question.
class Database {
 public:
  /// Empty where there is no dpkg. Errors: NoSpace (longer than kLargestStatus), Corrupt (more than
  /// kMostUpdates), and the disk's.
  static Result<Database> read(sys::FileSystem& disk, const Path& root);

  /// The package called `name`, or of one architecture with `name:arch`; nothing where it is not
  /// there, or only its configuration is. Packages of several architectures have one version while
  /// dpkg is at rest: it is the first one's, and held where any of them is.
  /// Errors: Corrupt (dpkg's entry for it is not what it must be).
  Result<std::optional<Package>> find(std::string_view name) const;

 private:
  std::vector<std::string> files_;  ///< a later one has the last word on a package it names
};

/// One question, as Database answers it. Errors: as Database::read() and find().
Result<std::optional<Package>> installed(sys::FileSystem& disk, const Path& root,
                                         std::string_view name);

}  // namespace interlude::dpkg
