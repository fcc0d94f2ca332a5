#include "overlay/hierarchy.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace interlude::overlay {
namespace {

/// Directories of programs: one hierarchy each.
constexpr std::array<std::string_view, 5> kPrograms = {"usr/bin", "usr/sbin", "usr/libexec",
                                                       "usr/games", "usr/include"};
/// Directories in which every package has one of its own: each of those is a hierarchy.
constexpr std::array<std::string_view, 6> kShelves = {"usr/lib",    "usr/lib32", "usr/lib64",
                                                      "usr/libx32", "usr/share", "opt"};

/// "usr/lib" of "usr/lib/x", else nothing; `path` loses it and the slash.
bool take(std::string_view& path, std::string_view directory) {
  if (path.size() <= directory.size() + 1 || !path.starts_with(directory) ||
      path[directory.size()] != '/') {
    return false;
  }
  path.remove_prefix(directory.size() + 1);
  return true;
}

bool is_within(std::string_view path, std::string_view directory) {
  return path == directory || take(path, directory);
}

bool is_of_programs(const Path& hierarchy) {
  return std::ranges::find(kPrograms, std::string_view(hierarchy)) != kPrograms.end();
}

/// "usr/lib/x86_64-linux-gnu", where shared libraries of all packages are.
bool is_multiarch(std::string_view name) {
  return name.ends_with("-linux-gnu") || name.find("-linux-gnu") != std::string_view::npos;
}

}  // namespace

std::optional<Path> hierarchy_of(std::string_view path, const std::vector<Path>& wholes) {
  if (is_within(path, "usr/local")) return std::nullopt;
  for (const Path& whole : wholes) {
    std::string_view rest = path;
    if (take(rest, whole)) return whole;
  }
  for (const std::string_view directory : kPrograms) {
    std::string_view rest = path;
    if (take(rest, directory)) return Path(directory);
  }
  for (const std::string_view shelf : kShelves) {
    std::string_view rest = path;
    if (!take(rest, shelf)) continue;
    const std::size_t end = rest.find('/');
    if (end == std::string_view::npos) return std::nullopt;
    return join(shelf, rest.substr(0, end));
  }
  return std::nullopt;
}

bool comes_before(const Path& left, const Path& right) {
  return std::tuple(is_of_programs(left), left) < std::tuple(is_of_programs(right), right);
}

std::vector<Path> armed_at_boot(sys::FileSystem& disk, const Path& root,
                                const std::vector<Path>& wholes) {
  std::vector<Path> found = wholes;
  const auto add = [&](const Path& hierarchy) {
    const bool is_covered =
        std::ranges::any_of(wholes, [&](const Path& whole) { return is_within(hierarchy, whole); });
    const auto info = disk.info(join(root, hierarchy));
    if (!is_covered && info && info->type == sys::FileType::Directory) found.push_back(hierarchy);
  };
  const auto shelves = disk.list(join(root, "usr/lib"));
  if (shelves) {
    for (const std::string& name : *shelves) {
      if (is_multiarch(name)) add(join("usr/lib", name));
    }
  }
  for (const std::string_view directory : {"usr/bin", "usr/sbin", "usr/libexec"}) {
    add(Path(directory));
  }
  std::ranges::sort(found, comes_before);
  return found;
}

}  // namespace interlude::overlay
