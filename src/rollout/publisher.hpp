#pragma once
// What a publisher says while a rollout runs: the list `rollout`, signed by an online key.
//
// That key is the one most likely to be stolen, so everything here can only slow or stop what the
// schedule allows: pause, a lower ceiling, withdraw. docs/formats/rollout.md has the form;
// ramp.hpp and withdrawal.hpp say within which bounds a device believes it.

#include <map>
#include <optional>
#include <string>

#include "rollout/schedule.hpp"

namespace interlude::rollout {

enum class Progress { Running, Paused, Withdrawn, Complete };

/// What devices do that have what was withdrawn.
enum class After { Keep, Revert };

/// About one improvement.
struct Entry {
  Progress progress = Progress::Running;
  sys::Time since;                   ///< when the progress last changed
  BasisPoints ceiling = kEverybody;  ///< the ramp ends here for now
  minutes shift{0};  ///< time spent before the start and paused: the ramp is later by it
  After after = After::Keep;
  std::string reason;  ///< for people, of a pause or withdrawal

  bool operator==(const Entry&) const = default;
};

/// All of it, as of one moment.
struct Announcement {
  sys::Time as_of;
  sys::Time expires;
  std::map<std::string, Entry> entries;  ///< by id

  bool operator==(const Announcement&) const = default;
};

inline constexpr std::size_t kMostEntries = 1000;
/// Longer lives are refused: who steals the key once must not be believed for long.
inline constexpr std::chrono::hours kLongestLife{24};

/// `list` are the members of the signed list beside its targets ("as_of", "rollouts"); `expires`
/// the list's own expiry. Corrupt: not the form; a life above kLongestLife or below zero. A list
/// that never said anything (no "as_of") is an empty announcement of no time.
Result<Announcement> parse_announcement(const json::Reader& list, sys::Time expires);

/// The members to sign.
json::Value to_json(const Announcement& announcement);
json::Value to_json(const Entry& entry);
Result<Entry> parse_entry(const json::Reader& entry);

std::string_view name_of(Progress progress);
std::string_view name_of(After after);

}  // namespace interlude::rollout
