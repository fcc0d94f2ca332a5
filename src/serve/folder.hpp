#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "sys/clock.hpp"
#include "sys/file_system.hpp"

namespace interlude::serve {

/// A file ready to be sent.
struct Resource {
  std::unique_ptr<sys::ReadFile> file;
  std::string etag;  ///< with its quotes; strong: it names the content
};

/// The folder that is served. Hashes a file when it is first asked for and remembers the result as
/// long as the file is the same one, unchanged.
class Folder {
 public:
  /// NotFound or Conflict unless `directory` is one. `disk` and `clock` are borrowed.
  static Result<Folder> open(sys::FileSystem& disk, sys::Clock& clock, const Path& directory);

  /// `path` is canonical. NotFound for what is absent, is no regular file, or lies outside the
  /// folder once links are followed.
  Result<Resource> find(const Path& path);

 private:
  struct Known {
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
    std::string etag;
  };
  using FileKey = std::pair<std::uint64_t, std::uint64_t>;  ///< device, inode

  Folder(sys::FileSystem& disk, sys::Clock& clock, Path root)
      : disk_(&disk), clock_(&clock), root_(std::move(root)) {}
  /// True once enough time has passed for another change to show as another time.
  bool has_settled(const sys::FileInfo& info);
  Result<std::string> etag_of(const sys::FileInfo& info, sys::ReadFile& file);

  sys::FileSystem* disk_;
  sys::Clock* clock_;
  Path root_;
  std::map<FileKey, Known> known_;
};

}  // namespace interlude::serve
