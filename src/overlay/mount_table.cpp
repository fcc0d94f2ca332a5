#include "overlay/mount_table.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

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

Result<std::vector<Mount>> read_mount_table(const Path& process) {
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

}  // namespace interlude::overlay
