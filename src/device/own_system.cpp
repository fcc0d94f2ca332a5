#include "device/own_system.hpp"

#include <string_view>

#include "base/bytes.hpp"

namespace interlude::device {
namespace {

constexpr std::uint64_t kLargestAnswer = 1ULL << 16U;

std::string read_text(sys::FileSystem& disk, const Path& file) {
  const Result<Bytes> text = disk.read(file, kLargestAnswer);
  return text ? std::string(as_text(*text)) : std::string();  // it need not be there
}

/// What os-release(5) assigns to `key`: plain, or in quotes of either kind. Names of systems need
/// no escapes.
std::string assigned(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.starts_with(key) || !line.substr(key.size()).starts_with('=')) continue;
    line.remove_prefix(key.size() + 1);
    const bool quoted = line.size() >= 2 && (line.front() == '"' || line.front() == '\'') &&
                        line.front() == line.back();
    return std::string(quoted ? line.substr(1, line.size() - 2) : line);
  }
  return {};
}

std::string name_or_nothing(std::string text) {
  return check_name(text, "name") ? std::move(text) : std::string();
}

}  // namespace

OwnSystem read_own_system(sys::FileSystem& disk, const Layout& layout) {
  std::string release = read_text(disk, join(layout.root(), "etc/os-release"));
  if (release.empty()) release = read_text(disk, join(layout.root(), "usr/lib/os-release"));
  const std::string system = assigned(release, "ID");
  const std::string version = assigned(release, "VERSION_ID");
  OwnSystem own;
  if (!system.empty() && !version.empty()) {
    own.platform = name_or_nothing(system + "-" + version + "-" + INTERLUDE_PROCESSOR);
  }
  // Debian's VERSION_ID is the release without its point; derivatives keep Debian's file, too.
  std::string point = read_text(disk, join(layout.root(), "etc/debian_version"));
  while (point.ends_with('\n')) point.pop_back();
  own.baseline_version = name_or_nothing(system == "debian" ? std::move(point) : version);
  return own;
}

}  // namespace interlude::device
