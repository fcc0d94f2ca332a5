#include "sys/file_system.hpp"

#include <algorithm>

namespace interlude::sys {
namespace {

constexpr std::uint32_t kOwnerAll = 0700;

/// The name under which `path` is prepared before it is renamed into place.
Path partial_name(const Path& path) {
  return path + ".partial";
}

Status remove_if_present(FileSystem& disk, const Path& file) {
  const Status removed = disk.remove(file);
  if (!removed && removed.error().kind() == ErrorKind::NotFound) return {};
  return removed;
}

/// Moves what was prepared over `target`, to last; or removes it where `prepared` says that
/// preparing failed.
Status put_in_place(FileSystem& disk, const Status& prepared, const Path& target) {
  const Path partial = partial_name(target);
  Status done = prepared;
  if (done) done = disk.rename(partial, target);
  if (!done) {
    (void)disk.remove(partial);  // the first error is the one to report
    return done;
  }
  return disk.sync(parent_of(target));
}

Status walk_below(FileSystem& disk, const Path& root, const Path& relative,
                  const std::function<Status(const Path&, const FileInfo&)>& visit) {
  const Result<std::vector<std::string>> names = disk.list(join(root, relative));
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const Path path = join(relative, name);
    const Result<FileInfo> info = disk.info(join(root, path));
    if (!info) return std::unexpected(info.error());
    if (const Status visited = visit(path, *info); !visited) return visited;
    if (info->type != FileType::Directory) continue;
    if (const Status below = walk_below(disk, root, path, visit); !below) return below;
  }
  return {};
}

}  // namespace

Result<std::size_t> ReadFile::read_at(std::uint64_t offset, std::span<std::uint8_t> into) {
  const Result<ByteView> content = view();
  if (!content) return std::unexpected(content.error());
  const ByteView rest = content->subspan(std::min<std::uint64_t>(offset, content->size()));
  const std::size_t count = std::min(into.size(), rest.size());
  std::ranges::copy(rest.first(count), into.begin());
  return count;
}

bool exists(FileSystem& disk, const Path& path) {
  return disk.info(path).has_value();
}

Status make_directories(FileSystem& disk, const Path& directory, std::uint32_t mode) {
  // `resolve` follows links: a link to a directory serves as one.
  const Result<Path> present = disk.resolve(directory);
  if (present) return {};
  if (present.error().kind() != ErrorKind::NotFound) return std::unexpected(present.error());
  const Path parent = parent_of(directory);
  if (const Status above = make_directories(disk, parent, mode); !above) return above;
  if (const Status made = disk.make_directory(directory, mode); !made) {
    const bool made_meanwhile = disk.resolve(directory).has_value();
    if (!made_meanwhile) return made;
  }
  return disk.sync(parent);
}

Path unfinished_name(const Path& target) {
  return join(parent_of(target), "." + std::string(file_name_of(target)) + ".interlude-partial");
}

Result<Path> resolve_ahead(FileSystem& disk, const Path& path) {
  Result<Path> resolved = disk.resolve(path);
  if (resolved || resolved.error().kind() != ErrorKind::NotFound || parent_of(path) == path) {
    return resolved;
  }
  const Result<Path> above = resolve_ahead(disk, parent_of(path));
  if (!above) return above;
  return join(*above, file_name_of(path));
}

Status check_replaceable(FileSystem& disk, const Path& target) {
  const Result<FileInfo> info = disk.info(target);
  if (!info) return {};  // what keeps it from being written says so
  if (info->type == FileType::Regular) return {};
  return fail(ErrorKind::Invalid, target + " is there and no regular file: it is not replaced");
}

Status replace_file(FileSystem& disk, const Path& file, ByteView content, std::uint32_t mode) {
  const Path partial = partial_name(file);
  // What an interrupted run left may have another mode, or be a link to somewhere else.
  if (const Status swept = remove_if_present(disk, partial); !swept) return swept;
  Status prepared = disk.write(partial, content, mode);
  if (prepared) prepared = disk.sync(partial);
  return put_in_place(disk, prepared, file);
}

Status replace_file_spending(FileSystem& disk, const Path& file, ByteView content,
                             std::uint32_t mode, const Path& reserve) {
  const Status replaced = replace_file(disk, file, content, mode);
  if (replaced || replaced.error().kind() != ErrorKind::NoSpace) return replaced;
  if (!disk.remove(reserve)) return replaced;
  return replace_file(disk, file, content, mode);
}

Status replace_symlink(FileSystem& disk, const std::string& target, const Path& link) {
  const Path partial = partial_name(link);
  if (const Status swept = remove_if_present(disk, partial); !swept) return swept;
  return put_in_place(disk, disk.make_symlink(target, partial), link);
}

Status remove_tree(FileSystem& disk, const Path& directory) {
  const Result<FileInfo> info = disk.info(directory);
  if (!info) {
    if (info.error().kind() == ErrorKind::NotFound) return {};
    return std::unexpected(info.error());
  }
  if (info->type != FileType::Directory) return disk.remove(directory);
  if ((info->mode & kOwnerAll) != kOwnerAll) {
    if (const Status opened = disk.set_mode(directory, info->mode | kOwnerAll); !opened) {
      return opened;
    }
  }
  const Result<std::vector<std::string>> names = disk.list(directory);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (const Status removed = remove_tree(disk, join(directory, name)); !removed) return removed;
  }
  return disk.remove_directory(directory);
}

Status walk(FileSystem& disk, const Path& root,
            const std::function<Status(const Path& relative, const FileInfo&)>& visit) {
  return walk_below(disk, root, "", visit);
}

}  // namespace interlude::sys
