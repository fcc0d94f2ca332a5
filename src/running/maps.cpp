#include "running/maps.hpp"

#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace interlude::running {
namespace {

constexpr std::string_view kDeleted = " (deleted)";
constexpr std::size_t kLongestName = 100;

/// Takes the next word, up to a space, off `line`.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

std::optional<std::uint64_t> number(std::string_view digits, int base) {
  std::uint64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

/// "START-END", both hexadecimal, and nothing that could lead elsewhere as part of a path.
bool is_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  return dash != std::string_view::npos && number(text.substr(0, dash), 16) &&
         number(text.substr(dash + 1), 16);
}

std::optional<std::uint64_t> parse_device(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto major_number = number(text.substr(0, colon), 16);
  const auto minor_number = number(text.substr(colon + 1), 16);
  if (!major_number || !minor_number) return std::nullopt;
  return makedev(static_cast<unsigned>(*major_number), static_cast<unsigned>(*minor_number));
}

std::optional<Mapping> parse_line(std::string_view line) {
  Mapping mapping;
  mapping.range = take_word(line);
  const std::string_view permissions = take_word(line);
  (void)take_word(line);  // the offset in the file
  const auto device = parse_device(take_word(line));
  const auto inode = number(take_word(line), 10);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (!is_range(mapping.range) || permissions.size() < 4 || !device || !inode) return std::nullopt;
  if (!line.starts_with('/')) return std::nullopt;
  mapping.executable = permissions[2] == 'x';
  mapping.device = *device;
  mapping.inode = *inode;
  mapping.deleted = line.ends_with(kDeleted);
  if (mapping.deleted) line.remove_suffix(kDeleted.size());
  mapping.path = line;
  return mapping;
}

template <class Visit>
void each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    visit(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool is_unit(std::string_view part) {
  return part.ends_with(".service") || part.ends_with(".scope");
}

/// "UID" of "user-UID.slice".
std::optional<std::uint64_t> user_of(std::string_view part) {
  if (!part.starts_with("user-") || !part.ends_with(".slice")) return std::nullopt;
  part.remove_prefix(5);
  part.remove_suffix(6);
  return number(part, 10);
}

Belonging belonging_from(std::string_view path) {
  Belonging found;
  bool within_manager = false;
  while (!path.empty()) {
    path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (part == "user.slice") found.of_person = true;
    if (const auto user = user_of(part); user && found.of_person) {
      found.user = static_cast<std::uint32_t>(*user);
    }
    if (!is_unit(part)) continue;
    found.unit = shown(part);
    // Below a person's own service manager its units follow; below any other unit, what that unit
    // makes of its part of the tree.
    if (within_manager || !found.of_person || !part.starts_with("user@")) break;
    within_manager = true;
  }
  return found;
}

}  // namespace

std::vector<Mapping> parse_maps(std::string_view text) {
  std::vector<Mapping> all;
  each_line(text, [&](std::string_view line) {
    if (auto mapping = parse_line(line)) all.push_back(std::move(*mapping));
  });
  return all;
}

Belonging parse_control_group(std::string_view text) {
  Belonging found;
  each_line(text, [&](std::string_view line) {
    // Version 2 alone, or beside version 1 the hierarchy that the service manager uses.
    for (const std::string_view marker : {":name=systemd:", "0::"}) {
      const std::size_t at = line.find(marker);
      const bool is_it = marker.front() == '0' ? at == 0 : at != std::string_view::npos;
      if (!is_it || !found.unit.empty()) continue;
      found = belonging_from(line.substr(at + marker.size()));
    }
  });
  return found;
}

std::string shown(std::string_view name) {
  std::string text(name.substr(0, kLongestName));
  std::ranges::replace_if(
      text, [](char c) { return c < ' ' || c > '~'; }, '?');  // whether char has a sign or not
  return text;
}

}  // namespace interlude::running
