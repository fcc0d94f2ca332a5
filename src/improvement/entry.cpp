#include "improvement/entry.hpp"

#include <fmt/format.h>

#include "base/path.hpp"

namespace interlude::improvement {
namespace {

/// Whether every directory part of `path` is there; Denied where one is something else.
Result<bool> has_real_directories(sys::FileSystem& disk, const Path& root, const Path& path) {
  for (std::size_t slash = path.find('/'); slash != Path::npos; slash = path.find('/', slash + 1)) {
    const Path part = path.substr(0, slash);
    const Result<sys::FileInfo> info = disk.info(join(root, part));
    if (!info && info.error().kind() == ErrorKind::NotFound) return false;
    if (!info) return std::unexpected(info.error());
    if (info->type != sys::FileType::Directory) {
      return fail(ErrorKind::Denied,
                  fmt::format("{} is {}, not a directory", part,
                              info->type == sys::FileType::Symlink ? "a symbolic link" : "a file"));
    }
  }
  return true;
}

Status observe_regular(sys::FileSystem& disk, const Path& file, Entry& entry) {
  const Result<std::unique_ptr<sys::ReadFile>> open = disk.open(file);
  if (!open) return std::unexpected(open.error());
  const Result<ByteView> content = (*open)->view();
  if (!content) return std::unexpected(content.error());
  entry.kind = EntryKind::Regular;
  entry.size = content->size();
  entry.digest = crypto::sha256(*content);
  return {};
}

Status observe_symlink(sys::FileSystem& disk, const Path& link, Entry& entry) {
  Result<std::string> target = disk.read_link(link);
  if (!target) return std::unexpected(target.error());
  entry.kind = EntryKind::Symlink;
  entry.mode = kLinkMode;
  entry.target = std::move(*target);
  return {};
}

Status observe_kind(sys::FileSystem& disk, const Path& place, sys::FileType type, Entry& entry) {
  switch (type) {
    case sys::FileType::Regular:
      return observe_regular(disk, place, entry);
    case sys::FileType::Symlink:
      return observe_symlink(disk, place, entry);
    case sys::FileType::Directory:
      entry.kind = EntryKind::Directory;
      return {};
    case sys::FileType::Device:
    case sys::FileType::Other:
      break;
  }
  return fail(ErrorKind::Denied, "neither a file, a symbolic link nor a directory");
}

std::string shown(const std::map<std::string, Bytes>& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) {
    text += fmt::format("{}{} of {} bytes", text.empty() ? "" : ", ", name, value.size());
  }
  return text.empty() ? "no extended attributes" : "the extended attributes " + text;
}

}  // namespace

bool is_kept_attribute(std::string_view name) {
  return name == "security.capability" || name.starts_with("user.");
}

Result<std::optional<Entry>> observe(sys::FileSystem& disk, const Path& root, const Path& path) {
  if (const Status good = check_canonical(path); !good) return std::unexpected(good.error());
  const Result<bool> reachable = has_real_directories(disk, root, path);
  if (!reachable) return std::unexpected(reachable.error());
  if (!*reachable) return std::nullopt;

  const Path place = join(root, path);
  const Result<sys::FileInfo> info = disk.info(place);
  if (!info && info.error().kind() == ErrorKind::NotFound) return std::nullopt;
  if (!info) return std::unexpected(info.error());

  Entry entry;
  entry.mode = info->mode;
  entry.uid = info->uid;
  entry.gid = info->gid;
  if (const Status done = observe_kind(disk, place, info->type, entry); !done) {
    return std::unexpected(done.error().during(path));
  }
  Result<std::map<std::string, Bytes>> attributes = disk.attributes(place);
  if (!attributes) return std::unexpected(attributes.error());
  std::erase_if(*attributes, [](const auto& one) { return !is_kept_attribute(one.first); });
  entry.attributes = std::move(*attributes);
  return entry;
}

std::string describe(const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::Regular:
      return "a file with SHA-256 " + entry.digest.hex();
    case EntryKind::Symlink:
      return fmt::format("a symbolic link to \"{}\"", entry.target);
    case EntryKind::Directory:
      return "a directory";
  }
  return "";
}

std::optional<Difference> difference(const Entry& expected, const Entry& found, bool with_owner) {
  const bool same_kind = expected.kind == found.kind && expected.target == found.target &&
                         expected.size == found.size && expected.digest == found.digest;
  if (!same_kind) return Difference{describe(expected), describe(found)};
  if (expected.mode != found.mode) {
    return Difference{fmt::format("mode {:04o}", expected.mode),
                      fmt::format("mode {:04o}", found.mode)};
  }
  if (!with_owner) return std::nullopt;
  if (expected.uid != found.uid || expected.gid != found.gid) {
    return Difference{fmt::format("owner {}:{}", expected.uid, expected.gid),
                      fmt::format("owner {}:{}", found.uid, found.gid)};
  }
  if (expected.attributes != found.attributes) {
    return Difference{shown(expected.attributes), shown(found.attributes)};
  }
  return std::nullopt;
}

bool gains_privilege(const std::optional<Entry>& before, const Entry& after) {
  constexpr std::uint32_t kSetuid = 04000;
  constexpr std::uint32_t kSetgid = 02000;
  const bool had_setuid = before && (before->mode & kSetuid) != 0 && before->uid == after.uid;
  const bool had_setgid = before && (before->mode & kSetgid) != 0 && before->gid == after.gid;
  return ((after.mode & kSetuid) != 0 && !had_setuid) ||
         ((after.mode & kSetgid) != 0 && !had_setgid);
}

Result<bool> keeps_owners(sys::FileSystem& disk, const Path& root) {
  const Result<Path> real = disk.resolve(root);
  if (!real) return std::unexpected(real.error());
  const Result<sys::FileInfo> info = disk.info(*real);
  if (!info) return std::unexpected(info.error());
  return info->uid == 0;
}

}  // namespace interlude::improvement
