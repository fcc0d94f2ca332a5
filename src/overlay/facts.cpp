#include "overlay/facts.hpp"

#include <fmt/format.h>

namespace interlude::overlay {
namespace {

constexpr std::uint64_t kLargestFacts = 16ULL << 20U;

/// One path as a line: what is there, then the path.
std::string line_of(sys::FileSystem& disk, const Path& baseline, const Path& path) {
  const auto info = disk.info(join(baseline, path));
  if (!info) return fmt::format("- {}\n", path);
  return fmt::format("{}:{}:{}:{} {}\n", static_cast<int>(info->type), info->inode, info->size,
                     info->changed_ns, path);
}

}  // namespace

std::string take_facts(sys::FileSystem& disk, const Path& baseline,
                       const std::vector<Path>& paths) {
  std::string text;
  for (const Path& path : paths) text += line_of(disk, baseline, path);
  return text;
}

Status keep_facts(sys::FileSystem& disk, const Layout& layout, const std::string& id,
                  const std::string& facts) {
  const auto known = disk.read(layout.facts(id), kLargestFacts);
  if (known && as_text(*known) == facts) return {};  // also on a full disk
  return sys::replace_file(disk, layout.facts(id), as_bytes(facts), kFileMode);
}

bool facts_are_broken(sys::FileSystem& disk, const Layout& layout, const Path& baseline,
                      const std::string& id) {
  return sys::exists(disk, layout.facts(id)) && !facts_hold(disk, layout, baseline, id);
}

bool facts_hold(sys::FileSystem& disk, const Layout& layout, const Path& baseline,
                const std::string& id) {
  const auto content = disk.read(layout.facts(id), kLargestFacts);
  if (!content) return false;
  std::string_view text = as_text(*content);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t blank = text.find(' ');
    if (end == std::string_view::npos || blank > end) return false;
    const Path path(text.substr(blank + 1, end - blank - 1));
    if (!check_canonical(path)) return false;
    if (text.substr(0, end + 1) != line_of(disk, baseline, path)) return false;
    text.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace interlude::overlay
