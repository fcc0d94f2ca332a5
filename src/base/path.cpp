#include "base/path.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace interlude {
namespace {

constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kLongestName = 100;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '+' || c == '-' || c == '~';
}

}  // namespace

Path join(std::string_view base, std::string_view relative) {
  while (!relative.empty() && relative.front() == '/') relative.remove_prefix(1);
  if (base.empty()) return Path(relative);
  Path joined(base);
  if (relative.empty()) return joined;
  if (joined.back() != '/') joined.push_back('/');
  joined.append(relative);
  return joined;
}

Path parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  if (slash == 0) return "/";
  return Path(path.substr(0, slash));
}

std::string file_name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

bool lies_within(std::string_view inner, std::string_view outer) {
  if (!inner.starts_with(outer)) return false;
  return inner.size() == outer.size() || outer.ends_with('/') || inner[outer.size()] == '/';
}

Status check_canonical(std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::Invalid, fmt::format("path \"{}\" {}", path, why));
  };
  if (path.empty()) return refuse("is empty");
  if (path.size() > kLongestPath) {
    return fail(ErrorKind::Invalid, fmt::format("a path is longer than {} bytes", kLongestPath));
  }
  if (path.front() == '/') return refuse("is absolute; expected one relative to the root");
  if (std::ranges::any_of(path, is_control)) return refuse("has a control character");
  std::size_t start = 0;
  while (start <= path.size()) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view part = path.substr(start, end - start);
    if (part.empty()) return refuse("has an empty part");
    if (part == "." || part == "..") return refuse(fmt::format("has the part \"{}\"", part));
    start = end + 1;
  }
  return {};
}

Status check_name(std::string_view name, std::string_view what) {
  const bool good = !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
                    name.front() != '-' && std::ranges::all_of(name, is_name_character);
  if (good) return {};
  return fail(ErrorKind::Invalid,
              fmt::format("{} \"{}\" is not a name: expected 1 to {} letters, digits or . _ + - ~, "
                          "starting with a letter, digit, _ , + or ~",
                          what, name, kLongestName));
}

}  // namespace interlude
