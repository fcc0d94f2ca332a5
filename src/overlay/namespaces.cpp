#include "overlay/namespaces.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "overlay/mount_table.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::overlay {
namespace {

std::string link_text(const Path& link) {
  std::array<char, 256> text{};
  const ssize_t length = ::readlink(link.c_str(), text.data(), text.size());
  return length < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(length));
}

std::string first_line(const Path& file) {
  std::array<char, 256> text{};
  const sys::posix::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return "";
  const ssize_t length = ::read(fd.get(), text.data(), text.size());
  const std::string_view all(text.data(), length < 0 ? 0 : static_cast<std::size_t>(length));
  return std::string(all.substr(0, all.find('\n')));
}

std::vector<std::string> processes() {
  std::vector<std::string> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), &::closedir);
  if (!folder) return pids;
  while (const dirent* const entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") == std::string::npos) pids.push_back(name);
  }
  return pids;
}

/// Calls `visit(process, table)` once for each mount namespace but ours that a process is in. Who
/// is in a root of its own sees another tree, so another process of the same namespace is looked
/// for.
template <class Visit>
void visit_other_namespaces(Visit visit) {
  std::set<std::string> seen{link_text("/proc/self/ns/mnt")};
  for (const std::string& pid : processes()) {
    const Path process = "/proc/" + pid;
    const std::string space = link_text(process + "/ns/mnt");
    if (space.empty() || seen.contains(space)) continue;
    const auto table = read_mount_table(process);
    if (!table || table->empty()) continue;  // it has ended meanwhile
    if (link_text(process + "/root") == "/") seen.insert(space);
    visit(process, *table);
  }
}

/// What `directory` is: a file system, and a path in it.
std::optional<std::pair<std::string, Path>> identity(const std::vector<Mount>& table,
                                                     const Path& directory) {
  const Mount* const in = around(table, directory);
  if (in == nullptr) return std::nullopt;
  const Path inside = directory.substr(in->point == "/" ? 0 : in->point.size());
  return std::pair(in->device, in->root == "/" ? inside : in->root + inside);
}

/// Whether what is mounted on `directory` here is mounted on what `table` shows there.
bool follows_at(const std::vector<Mount>& table, const Path& directory) {
  const std::vector<Mount> stack = stack_at(table, directory);
  const Mount* const seen = stack.empty() ? around(table, directory) : &stack.back();
  return seen != nullptr && seen->follows;
}

/// Whether somebody without rights made the mount namespace that `process` is in (ioctl_ns(2)).
bool is_a_persons_own(const Path& process) {
  const sys::posix::UniqueFd space(::open((process + "/ns/mnt").c_str(), O_RDONLY | O_CLOEXEC));
  if (!space) return false;
  const sys::posix::UniqueFd users(::ioctl(space.get(), NS_GET_USERNS));
  uid_t owner = 0;
  return users && ::ioctl(users.get(), NS_GET_OWNER_UID, &owner) == 0 && owner != 0;
}

}  // namespace

Status check_namespace() {
  const std::string own = link_text("/proc/self/ns/mnt");
  const std::string of_all = link_text("/proc/1/ns/mnt");
  if (of_all.empty() || own == of_all)
    return {};  // who may not look is not root, and mounts nothing
  return fail(ErrorKind::Conflict,
              "this process is in a mount namespace of its own: what it switches nobody else sees. "
              "Is it started by a service with an option like ProtectSystem= or PrivateTmp=?");
}

Result<std::set<std::string>> overlays_in_use(std::string_view prefix) {
  std::set<std::string> found;
  const auto note = [&](const std::vector<Mount>& table) {
    for (const Mount& each : table) {
      if (each.type == "overlay" && each.source.starts_with(prefix)) {
        found.insert(each.source.substr(prefix.size()));
      }
    }
  };
  const auto own = read_mount_table();
  if (!own) return std::unexpected(own.error());
  note(*own);
  visit_other_namespaces([&](const Path&, const std::vector<Mount>& table) { note(table); });
  return found;
}

Result<std::vector<Mask>> masks_below(const Path& directory) {
  const auto own = read_mount_table();
  if (!own) return std::unexpected(own.error());
  const auto here = identity(*own, directory);
  std::vector<Mask> masks;
  visit_other_namespaces([&](const Path& process, const std::vector<Mount>& table) {
    if (identity(table, directory) != here || !follows_at(table, directory)) return;
    if (is_a_persons_own(process)) return;
    for (const Mount& mount : below(table, directory)) {
      masks.push_back({file_name_of(process), first_line(process + "/comm"), mount.point});
    }
  });
  return masks;
}

}  // namespace interlude::overlay
