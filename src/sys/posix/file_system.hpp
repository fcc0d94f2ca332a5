#pragma once

#include "sys/file_system.hpp"

namespace interlude::sys::posix {

/// The real disk. Has no state: two of them see the same files.
class FileSystem final : public sys::FileSystem {
 public:
  Result<Bytes> read(const Path& file, std::uint64_t limit_bytes) override;
  Result<std::unique_ptr<ReadFile>> open(const Path& file) override;
  Result<std::unique_ptr<ReadFile>> open_beneath(const Path& directory,
                                                 const Path& relative) override;
  Result<std::vector<std::string>> list(const Path& directory) override;
  Result<FileInfo> info(const Path& path) override;
  Result<std::string> read_link(const Path& link) override;
  Result<std::map<std::string, Bytes>> attributes(const Path& path) override;
  Result<Path> resolve(const Path& path) override;
  Result<std::uint64_t> free_bytes(const Path& path) override;

  Status write(const Path& file, ByteView content, std::uint32_t mode) override;
  Result<std::unique_ptr<AppendFile>> append(const Path& file, std::uint32_t mode,
                                             bool truncate) override;
  Status make_directory(const Path& directory, std::uint32_t mode) override;
  Status make_symlink(const std::string& target, const Path& link) override;
  Status make_whiteout(const Path& path) override;
  Status make_hard_link(const Path& existing, const Path& link) override;
  Status clone(const Path& from, const Path& to) override;
  Status set_mode(const Path& path, std::uint32_t mode) override;
  Status set_owner(const Path& path, std::uint32_t uid, std::uint32_t gid) override;
  Status set_attribute(const Path& path, const std::string& name, ByteView value) override;
  Status rename(const Path& from, const Path& to) override;
  Status remove(const Path& file) override;
  Status remove_directory(const Path& directory) override;

  Status sync(const Path& file_or_directory) override;
  Status sync_tree(const Path& directory) override;
  Status drop_cache(const Path& file) override;
};

}  // namespace interlude::sys::posix
