#pragma once
// The device's memory on disk: record, settings and history. Each is replaced as a whole, so that a
// power cut leaves the old one or the new one.
//
// Going back and removal must work on a full disk. A small reserve file, given up at the first
// NoSpace, is what their record is then written into.

#include <string>
#include <vector>

#include "base/layout.hpp"
#include "device/record.hpp"

namespace interlude::device {

struct Settings {
  bool automatic = true;  ///< install without being asked
};

/// One line of the history, for people and audits.
struct HistoryEntry {
  sys::Time time;        ///< when it was completed
  sys::Time started;     ///< of the same attempt; one event of one attempt stands there once
  std::string event;     ///< "installed", "stepped-back", "removed", "rolled-back",
                         ///< "withdrawn"
  std::string letter;    ///< what the event is about; empty for the baseline
  std::string previous;  ///< the letter before; empty for the baseline
  std::string detail;

  bool operator==(const HistoryEntry&) const = default;
};

inline constexpr std::size_t kLongestHistory = 1000;

class Memory {
 public:
  Memory(sys::FileSystem& disk, Layout layout) : disk_(&disk), layout_(std::move(layout)) {}

  /// A device that never ran has an empty record. Corrupt, naming file and member.
  Result<Record> record() const;
  Status store(const Record& record);
  /// Makes the reserve anew if it was used up. Best called when work has ended.
  Status keep_reserve();

  Result<Settings> settings() const;
  Status store(const Settings& settings);

  /// Oldest first, at most kLongestHistory.
  Result<std::vector<HistoryEntry>> history() const;
  /// Does nothing if the event of that attempt is in it already.
  Status remember(const HistoryEntry& entry);

 private:
  Status replace(const Path& file, const std::string& text);

  sys::FileSystem* disk_;
  Layout layout_;
};

json::Value to_json(const HistoryEntry& entry);

}  // namespace interlude::device
