#include "overlay/mount_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <optional>
#include <set>

#include "sys/posix/unique_fd.hpp"

namespace interlude::overlay {
namespace {

/// The kernel's largest table: 100,000 mounts of some 200 bytes.
constexpr std::size_t kLargestTable = 32U << 20U;

/// The next field of `line`, which loses it.
std::string_view take_field(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

/// The kernel writes space, tab, newline and backslash as three octal digits.
std::string unescape(std::string_view field) {
  constexpr std::size_t kEscape = 4;
  std::string text;
  for (std::size_t at = 0; at < field.size(); ++at) {
    unsigned value = 0;
    const bool is_escape =
        field[at] == '\\' && at + kEscape <= field.size() &&
        std::from_chars(&field[at + 1], field.data() + at + kEscape, value, 8).ptr ==
            field.data() + at + kEscape;
    if (is_escape) {
      text += static_cast<char>(value);
      at += kEscape - 1;
    } else {
      text += field[at];
    }
  }
  return text;
}

std::optional<std::uint64_t> number_of(std::string_view field) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

std::optional<Mount> parse_mount(std::string_view line) {
  Mount mount;
  const auto id = number_of(take_field(line));
  const auto parent = number_of(take_field(line));
  if (!id || !parent) return std::nullopt;
  mount.id = *id;
  mount.parent = *parent;
  mount.device = take_field(line);
  mount.root = unescape(take_field(line));
  mount.point = unescape(take_field(line));
  mount.options = take_field(line);
  // Any number of optional fields, then one dash.
  for (std::string_view field = take_field(line); field != "-"; field = take_field(line)) {
    if (line.empty()) return std::nullopt;
    if (field.starts_with("shared:") || field.starts_with("master:")) mount.follows = true;
  }
  mount.type = unescape(take_field(line));
  mount.source = unescape(take_field(line));
  if (mount.point.empty() || mount.type.empty()) return std::nullopt;
  return mount;
}

bool is_below(std::string_view path, std::string_view directory) {
  if (directory == "/") return path.size() > 1;
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

Result<std::vector<Mount>> read_table_of(const Path& process) {
  const Path file = process + "/mountinfo";
  const sys::posix::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::unexpected(errno_error("reading " + file));
  std::string text;
  std::array<char, 1U << 16U> piece{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(errno_error("reading " + file));
    if (got == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(got));
    if (text.size() > kLargestTable) return fail(ErrorKind::NoSpace, file + " is too long");
  }
  auto table = parse_mount_table(text);
  if (!table) return std::unexpected(table.error().during(file));
  return table;
}

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

std::vector<int> processes() {
  std::vector<int> pids;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), &::closedir);
  if (!folder) return pids;
  while (const dirent* const entry = ::readdir(folder.get())) {
    if (const auto pid = number_of(entry->d_name)) pids.push_back(static_cast<int>(*pid));
  }
  return pids;
}

/// Calls `visit(pid, table)` once for each mount namespace but ours that a process is in. Who is in
/// a root of its own sees another tree, so another process of the same namespace is looked for.
template <class Visit>
void visit_other_namespaces(Visit visit) {
  std::set<std::string> seen{link_text("/proc/self/ns/mnt")};
  for (const int pid : processes()) {
    const Path process = fmt::format("/proc/{}", pid);
    const std::string space = link_text(process + "/ns/mnt");
    if (space.empty() || seen.contains(space)) continue;
    const auto table = read_table_of(process);
    if (!table || table->empty()) continue;  // it has ended meanwhile
    if (link_text(process + "/root") == "/") seen.insert(space);
    visit(pid, *table);
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

/// Whether somebody without rights made the mount namespace that `pid` is in (ioctl_ns(2)).
bool is_a_persons_own(int pid) {
  const sys::posix::UniqueFd space(
      ::open(fmt::format("/proc/{}/ns/mnt", pid).c_str(), O_RDONLY | O_CLOEXEC));
  if (!space) return false;
  const sys::posix::UniqueFd users(::ioctl(space.get(), NS_GET_USERNS));
  uid_t owner = 0;
  return users && ::ioctl(users.get(), NS_GET_OWNER_UID, &owner) == 0 && owner != 0;
}

}  // namespace

Result<std::vector<Mount>> parse_mount_table(std::string_view text) {
  std::vector<Mount> table;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const auto mount = parse_mount(text.substr(0, end));
    if (!mount) {
      return fail(ErrorKind::Corrupt,
                  fmt::format("line {} of a table of mounts is not of its form", table.size() + 1));
    }
    table.push_back(*mount);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return table;
}

std::vector<Mount> stack_at(const std::vector<Mount>& table, std::string_view point) {
  std::vector<Mount> stack;
  std::ranges::copy_if(table, std::back_inserter(stack),
                       [&](const Mount& each) { return each.point == point; });
  // The parent of one in the stack is the one under it; the lowest has its parent elsewhere.
  const auto depth = [&](const Mount& mount) {
    std::size_t steps = 0;
    for (const Mount* at = &mount; at != nullptr && steps <= stack.size(); ++steps) {
      const auto under = std::ranges::find(stack, at->parent, &Mount::id);
      at = under == stack.end() || &*under == at ? nullptr : &*under;
    }
    return steps;
  };
  std::vector<std::pair<std::size_t, Mount>> by_depth;
  for (const Mount& each : stack) by_depth.emplace_back(depth(each), each);
  std::ranges::stable_sort(by_depth, {}, &std::pair<std::size_t, Mount>::first);
  for (std::size_t i = 0; i < stack.size(); ++i) stack[i] = by_depth[i].second;
  return stack;
}

std::vector<Mount> below(const std::vector<Mount>& table, std::string_view directory) {
  std::vector<Mount> found;
  std::ranges::copy_if(table, std::back_inserter(found),
                       [&](const Mount& each) { return is_below(each.point, directory); });
  return found;
}

const Mount* around(const std::vector<Mount>& table, std::string_view path) {
  const Mount* best = nullptr;
  for (const Mount& each : table) {
    if (!is_below(path, each.point)) continue;
    const bool is_nearer = best == nullptr || each.point.size() > best->point.size() ||
                           (each.point == best->point && each.parent == best->id);
    if (is_nearer) best = &each;
  }
  return best;
}

Status check_namespace() {
  const std::string own = link_text("/proc/self/ns/mnt");
  const std::string of_all = link_text("/proc/1/ns/mnt");
  if (of_all.empty() || own == of_all)
    return {};  // who may not look is not root, and mounts nothing
  return fail(ErrorKind::Conflict,
              "this process is in a mount namespace of its own: what it switches nobody else sees. "
              "Is it started by a service with an option like ProtectSystem= or PrivateTmp=?");
}

Result<std::vector<Mount>> read_mount_table() {
  return read_table_of("/proc/self");
}

std::uint64_t restrictions_of(const Mount& mount) {
  std::uint64_t restrictions = 0;
  std::string_view rest = mount.options;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const std::string_view option = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (option == "ro") restrictions |= MOUNT_ATTR_RDONLY;
    if (option == "nosuid") restrictions |= MOUNT_ATTR_NOSUID;
    if (option == "nodev") restrictions |= MOUNT_ATTR_NODEV;
    if (option == "noexec") restrictions |= MOUNT_ATTR_NOEXEC;
  }
  return restrictions;
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
  visit_other_namespaces([&](int, const std::vector<Mount>& table) { note(table); });
  return found;
}

Result<std::vector<Mask>> masks_below(const Path& directory) {
  const auto own = read_mount_table();
  if (!own) return std::unexpected(own.error());
  const auto here = identity(*own, directory);
  std::vector<Mask> masks;
  visit_other_namespaces([&](int pid, const std::vector<Mount>& table) {
    if (identity(table, directory) != here || !follows_at(table, directory)) return;
    if (is_a_persons_own(pid)) return;
    for (const Mount& mount : below(table, directory)) {
      masks.push_back({pid, first_line(fmt::format("/proc/{}/comm", pid)), mount.point});
    }
  });
  return masks;
}

}  // namespace interlude::overlay
