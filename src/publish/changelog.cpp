#include "publish/changelog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "advisory/advisory_file.hpp"

namespace interlude::publish {
namespace {

struct ChangelogEntry {
  std::string source;
  std::string version;
  std::vector<std::string> items;  ///< each bullet's text, folded to one line
};

/// "source (version) distribution; urgency=…" starts an entry, at the first column.
bool read_heading(const std::string& line, ChangelogEntry& entry) {
  const std::size_t open = line.find(" (");
  const std::size_t close = line.find(") ", open == std::string::npos ? 0 : open);
  if (line.empty() || line.front() == ' ' || open == std::string::npos ||
      close == std::string::npos || line.find(';', close) == std::string::npos) {
    return false;
  }
  entry = {line.substr(0, open), line.substr(open + 2, close - open - 2), {}};
  return !entry.version.empty() && !entry.source.contains(' ') && !entry.version.contains(' ');
}

void read_line(const std::string& line, ChangelogEntry& entry) {
  const std::size_t start = line.find_first_not_of(" \t");
  if (start == std::string::npos || start < 2) return;  // blank, or the " -- maintainer" line
  const bool bullet = line.find_first_of("*-+", start) == start && start + 1 < line.size() &&
                      line[start + 1] == ' ';
  if (bullet || entry.items.empty()) {
    entry.items.push_back(line.substr(bullet ? start + 2 : start));
  } else {
    entry.items.back() += " " + line.substr(start);
  }
}

std::vector<ChangelogEntry> read_entries(std::string_view changelog) {
  std::vector<ChangelogEntry> entries;
  std::istringstream lines{std::string(changelog)};
  for (std::string line; std::getline(lines, line);) {
    ChangelogEntry entry;
    if (read_heading(line, entry)) {
      entries.push_back(std::move(entry));
    } else if (!entries.empty()) {
      read_line(line, entries.back());
    }
  }
  return entries;
}

/// A manifest holds no control characters, and changelogs are UTF-8 only by convention.
std::string cleaned(const std::string& text) {
  std::string clean = advisory::folded(text);
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) c = '?';
  }
  return clean;
}

std::size_t digits_at(std::string_view text, std::size_t start) {
  std::size_t end = start;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end - start;
}

/// Every "CVE-YYYY-NNNN…" in `item`.
std::vector<std::string> cves_in(const std::string& item) {
  constexpr std::string_view kPrefix = "CVE-";
  std::vector<std::string> ids;
  for (std::size_t start = item.find(kPrefix); start != std::string::npos;
       start = item.find(kPrefix, start + 1)) {
    const std::size_t year = start + kPrefix.size();
    const std::size_t number = year + 5;
    if (digits_at(item, year) != 4 || number >= item.size() || item[year + 4] != '-') continue;
    const std::size_t digits = digits_at(item, number);
    if (digits >= 4) ids.push_back(item.substr(start, number + digits - start));
  }
  return ids;
}

void add_cves(const std::string& item, std::set<std::string>& seen,
              std::vector<improvement::Advisory>& advisories) {
  for (const std::string& id : cves_in(item)) {
    if (seen.insert(id).second) advisories.push_back({id, "", "", cleaned(item), {}});
  }
}

}  // namespace

ChangelogFixes fixes_since(std::string_view changelog, std::string_view from_version) {
  std::vector<ChangelogEntry> entries = read_entries(changelog);
  const auto start = std::ranges::find(entries, from_version, &ChangelogEntry::version);
  ChangelogFixes fixes;
  fixes.found_start = start != entries.end();
  if (fixes.found_start) {
    entries.erase(start, entries.end());
  } else {
    entries.resize(std::min<std::size_t>(entries.size(), 1));
  }
  if (entries.empty()) return fixes;

  std::set<std::string> seen;
  std::string all;
  for (const ChangelogEntry& entry : entries) {
    for (const std::string& item : entry.items) {
      add_cves(item, seen, fixes.advisories);
      all += item + " ";
    }
  }
  if (fixes.advisories.empty()) {
    const ChangelogEntry& newest = entries.front();
    fixes.advisories.push_back(
        {fmt::format("{}-{}", newest.source, newest.version), "", "", cleaned(all), {}});
  }
  return fixes;
}

}  // namespace interlude::publish
