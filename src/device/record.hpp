#pragma once
// state.json: everything a device remembers beside the files themselves. Which generation is on is
// *not* in it: the link `active` alone says that, so that the two can never disagree.
// Format: docs/formats/device-state.md.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "device/generation.hpp"
#include "device/state.hpp"
#include "rollout/ramp.hpp"

namespace interlude::device {

/// One generation's way onto this device.
struct Activation {
  std::string generation;
  std::string letter;
  std::string content;  ///< as in Generation
  std::string published_at;
  sys::Time requested_at;            ///< first request of the poll that led to it
  sys::Time active_at;               ///< when it was switched on, the last time
  std::uint64_t bytes_received = 0;  ///< everything from that first request on
  std::uint64_t payload_bytes = 0;   ///< of these, the payloads
  std::uint64_t milliseconds = 0;    ///< at work from the first request to the switch

  bool operator==(const Activation&) const = default;
};

/// Content that failed its probation here and is not tried again by itself.
struct Quarantined {
  std::string content;
  std::string letter;
  std::string why;

  bool operator==(const Quarantined&) const = default;
};

struct Polls {
  std::optional<sys::Time> last;      ///< tried
  std::optional<sys::Time> verified;  ///< answered, and the answer verified
  std::optional<sys::Time> next;
  std::uint64_t failures = 0;  ///< in a row

  bool operator==(const Polls&) const = default;
};

/// What the attempt under way, or the next one, has cost so far.
struct Expense {
  std::optional<sys::Time> since;  ///< first request
  std::uint64_t received_bytes = 0;
  std::uint64_t payload_bytes = 0;
  std::uint64_t milliseconds = 0;  ///< at work; time between a kill and the next start is not

  bool operator==(const Expense&) const = default;
};

/// What became of one published letter at the last look.
struct Answer {
  std::string letter;
  rollout::Reason reason = rollout::Reason::Failed;
  std::string sentence;
  std::optional<sys::Time> until;  ///< when it can change, if that is known

  bool operator==(const Answer&) const = default;
};

/// What is remembered about the publisher's rollouts.
struct Rollouts {
  rollout::Known known;
  std::optional<sys::Time> last_revert;  ///< on the word of an online key
  std::optional<sys::Time> last_good;    ///< when it last heard that what is on is not withdrawn
  std::vector<Answer> answers;           ///< for letters beyond what is on, the newest first

  bool operator==(const Rollouts&) const = default;
};

struct Record {
  State state;
  std::string declined_through;  ///< this letter and older ones stay away unless asked for
  std::vector<Quarantined> quarantine;
  std::vector<Activation> activations;     ///< oldest first
  std::string available;                   ///< the newest letter offered, empty if none
  std::vector<ComponentState> skipped;     ///< of an improvement of which nothing applies
  std::string waits;                       ///< the generation with the components that wait
  std::optional<sys::Time> waits_since;    ///< from when on
  std::vector<std::string> watched_units;  ///< that ran what is on when it was committed
  Polls polls;
  Expense expense;
  Rollouts rollouts;
  std::string last_error;

  bool operator==(const Record&) const = default;
};

inline constexpr std::uint64_t kLargestRecord = 4ULL << 20U;

json::Value to_json(const Record& record);
/// Corrupt, naming the member.
Result<Record> record_from(const json::Reader& document);

const Activation* find_activation(const Record& record, std::string_view generation);

}  // namespace interlude::device
