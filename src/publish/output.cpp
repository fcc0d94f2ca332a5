#include "publish/output.hpp"

namespace interlude::publish {
namespace {

Path without_slash(Path directory) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  return directory;
}

}  // namespace

Status check_free(sys::FileSystem& disk, const Path& directory) {
  const Path place = without_slash(directory);
  const Result<sys::FileInfo> info = disk.info(place);
  if (!info && info.error().kind() == ErrorKind::NotFound) return {};
  if (!info) return std::unexpected(info.error());
  if (info->type == sys::FileType::Directory) {
    const Result<std::vector<std::string>> names = disk.list(place);
    if (!names) return std::unexpected(names.error());
    if (names->empty()) return {};
  }
  return fail(ErrorKind::Conflict,
              directory + " exists and is not an empty folder: choose another or remove it");
}

Status write_directory(sys::FileSystem& disk, Path directory,
                       const std::function<Status(const Path& partial)>& fill) {
  directory = without_slash(std::move(directory));
  if (const Status free = check_free(disk, directory); !free) return free;
  const Path partial = sys::unfinished_name(directory);
  if (const Status swept = sys::remove_tree(disk, partial); !swept) return swept;
  Status done = sys::make_directories(disk, partial, 0755);
  if (done) done = fill(partial);
  if (done) done = disk.sync_tree(partial);
  if (done && sys::exists(disk, directory)) done = disk.remove_directory(directory);
  if (done) done = disk.rename(partial, directory);
  if (done) return disk.sync(parent_of(directory));
  (void)sys::remove_tree(disk, partial);  // the error that led here says more
  return done;
}

}  // namespace interlude::publish
