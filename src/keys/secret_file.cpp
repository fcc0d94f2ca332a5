#include "keys/secret_file.hpp"

#include <fmt/format.h>

namespace interlude::keys {
namespace {

constexpr std::uint32_t kOwnerOnly = 0600;
constexpr std::uint32_t kOthers = 0077;

// Through links: what counts is who can read the file itself.
Status check_private(sys::FileSystem& disk, const Path& file) {
  const Result<Path> resolved = disk.resolve(file);
  if (!resolved) return std::unexpected(resolved.error());
  const Result<sys::FileInfo> info = disk.info(*resolved);
  if (!info) return std::unexpected(info.error());
  if ((info->mode & kOthers) == 0) return {};
  return fail(ErrorKind::Denied,
              fmt::format("{} is open to others than its owner (mode {:04o}); `chmod 600` it, and "
                          "replace what is in it if somebody may have read it",
                          file, info->mode));
}

}  // namespace

Result<crypto::Secret> read_secret_file(sys::FileSystem& disk, const Path& file,
                                        std::uint64_t limit_bytes) {
  const Status good = check_private(disk, file);
  if (!good) return std::unexpected(good.error());
  const Result<std::unique_ptr<sys::ReadFile>> opened = disk.open(file);
  if (!opened) return std::unexpected(opened.error());
  const std::uint64_t size = (*opened)->size();
  if (size > limit_bytes) {
    return fail(ErrorKind::NoSpace,
                fmt::format("{}: {} bytes, at most {} expected", file, size, limit_bytes));
  }
  crypto::Secret content(size);
  const Result<std::size_t> got = (*opened)->read_at(0, content.bytes());
  if (!got) return std::unexpected(got.error());
  content.shorten(*got);
  return content;
}

Status write_new_file(sys::FileSystem& disk, const Path& file, std::string_view content) {
  if (sys::exists(disk, file)) {
    return fail(ErrorKind::Conflict, file + " exists already; keys are never replaced");
  }
  return sys::replace_file(disk, file, as_bytes(content), kOwnerOnly);
}

}  // namespace interlude::keys
