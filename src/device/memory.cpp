#include "device/memory.hpp"

#include <algorithm>
#include <utility>

namespace interlude::device {
namespace {

constexpr std::uint64_t kReserveBytes = 64ULL << 10U;
constexpr std::uint64_t kLargestSettings = 64ULL << 10U;
constexpr std::uint64_t kLargestHistory = 8ULL << 20U;

Result<HistoryEntry> entry_from(const json::Reader& line) {
  HistoryEntry entry;
  const std::pair<const char*, std::string*> texts[] = {{"event", &entry.event},
                                                        {"letter", &entry.letter},
                                                        {"previous", &entry.previous},
                                                        {"detail", &entry.detail}};
  for (const auto& [name, field] : texts) {
    auto text = line.text_or(name, "");
    if (!text) return std::unexpected(text.error());
    *field = std::move(*text);
  }
  const std::pair<const char*, sys::Time*> times[] = {{"time", &entry.time},
                                                      {"started", &entry.started}};
  for (const auto& [name, field] : times) {
    const auto text = line.text(name);
    if (!text) return std::unexpected(text.error());
    const auto time = sys::parse_time(*text);
    if (!time) return std::unexpected(line.error(time.error().message()));
    *field = *time;
  }
  return entry;
}

/// nullopt where there is no such file.
Result<std::optional<Bytes>> read_if_there(sys::FileSystem& disk, const Path& file,
                                           std::uint64_t limit_bytes) {
  auto text = disk.read(file, limit_bytes);
  if (text) return std::optional(std::move(*text));
  if (text.error().kind() == ErrorKind::NotFound) return std::optional<Bytes>();
  return std::unexpected(text.error().during("reading " + file));
}

}  // namespace

Result<Record> Memory::record() const {
  const auto text = read_if_there(*disk_, layout_.record(), kLargestRecord);
  if (!text) return std::unexpected(text.error());
  if (!*text) return Record{};
  const auto value = json::parse(**text);
  if (!value) return std::unexpected(value.error().during(layout_.record()));
  return record_from(json::Reader(*value, layout_.record()));
}

Status Memory::store(const Record& record) {
  return replace(layout_.record(), json::compact(to_json(record)) + "\n");
}

Status Memory::keep_reserve() {
  if (sys::exists(*disk_, layout_.reserve())) return {};
  return sys::replace_file(*disk_, layout_.reserve(), Bytes(kReserveBytes), kFileMode);
}

Result<Settings> Memory::settings() const {
  const auto text = read_if_there(*disk_, layout_.settings(), kLargestSettings);
  if (!text) return std::unexpected(text.error());
  if (!*text) return Settings{};
  const auto value = json::parse(**text);
  if (!value) return std::unexpected(value.error().during(layout_.settings()));
  const auto automatic = json::Reader(*value, layout_.settings()).boolean_or("automatic", true);
  if (!automatic) return std::unexpected(automatic.error());
  return Settings{*automatic};
}

Status Memory::store(const Settings& settings) {
  return replace(layout_.settings(),
                 json::compact(json::Value{{"automatic", settings.automatic}}) + "\n");
}

Result<std::vector<HistoryEntry>> Memory::history() const {
  const auto text = read_if_there(*disk_, layout_.history(), kLargestHistory);
  if (!text) return std::unexpected(text.error());
  std::vector<HistoryEntry> entries;
  if (!*text) return entries;
  std::string_view left = as_text(**text);
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(line.size() + 1, left.size()));
    const auto value = json::parse(as_bytes(line));
    if (!value) return std::unexpected(value.error().during(layout_.history()));
    auto entry = entry_from(json::Reader(*value, layout_.history()));
    if (!entry) return std::unexpected(entry.error());
    entries.push_back(std::move(*entry));
  }
  return entries;
}

Status Memory::remember(const HistoryEntry& entry) {
  auto entries = history();
  if (!entries) return std::unexpected(entries.error());
  const bool known = std::ranges::any_of(*entries, [&](const HistoryEntry& old) {
    return old.started == entry.started && old.event == entry.event && old.letter == entry.letter;
  });
  if (known) return {};
  entries->push_back(entry);
  const std::size_t first = entries->size() - std::min(entries->size(), kLongestHistory);
  std::string text;
  for (std::size_t at = first; at < entries->size(); ++at) {
    text += json::compact(to_json((*entries)[at])) + "\n";
  }
  return replace(layout_.history(), text);
}

Status Memory::replace(const Path& file, const std::string& text) {
  return sys::replace_file_spending(*disk_, file, as_bytes(text), kFileMode, layout_.reserve());
}

json::Value to_json(const HistoryEntry& entry) {
  return {{"time", sys::to_text(entry.time)},
          {"started", sys::to_text(entry.started)},
          {"event", entry.event},
          {"letter", entry.letter},
          {"previous", entry.previous},
          {"detail", entry.detail}};
}

}  // namespace interlude::device
