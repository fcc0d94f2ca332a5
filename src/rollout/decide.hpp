#pragma once
// Whether a device installs an improvement now: one pure function with a reason and, where it can
// be known, a time for every "no". The same code runs in the agent, behind `interlude why`, and in
// the simulator.
//
// In this order: withdrawn, the administrator's hold, the owner's settings, removed or failed here
// before, the publisher's pause, rollout data that is missing or stale, the ramp, deferral,
// windows, power and network. Whether anything of it concerns the device at all is asked later: it
// takes the manifest to know.

#include <optional>
#include <set>
#include <string>

#include "improvement/letter.hpp"
#include "rollout/ramp.hpp"
#include "rollout/reason.hpp"

namespace interlude::rollout {

/// Signed by the offline key: taken back for good.
struct Recall {
  sys::Time at;
  After after = After::Keep;
  std::string reason;

  bool operator==(const Recall&) const = default;
};

json::Value to_json(const Recall& recall);
Result<Recall> parse_recall(const json::Reader& recall);

/// One published letter, as its platform's list has it.
struct Improvement {
  std::string id;
  improvement::Letter letter;
  std::string content;  ///< SHA-256 of the manifest
  sys::Time published_at;
  std::optional<Schedule> schedule;
  std::optional<Recall> recall;
  std::string problem;  ///< of a schedule or recall that does not parse: it reaches nobody
};

/// From the entry of its manifest in its platform's list: what `custom` holds. What does not parse
/// is its problem.
Improvement read_improvement(const std::string& id, const improvement::Letter& letter,
                             const std::string& content, const json::Value& custom);

/// What is known about the publisher's rollouts.
struct Publisher {
  bool required = false;  ///< signed by the offline key: without rollout data, nobody
  enum class Data {
    Fresh,    ///< verified in this poll
    Stale,    ///< expired, or could not be had
    Refused,  ///< not what it must be
  } data = Data::Fresh;
  std::string problem;  ///< why it is not fresh
  Known known;
};

struct Device {
  std::optional<Secret> secret;  ///< without one it is in the last bucket
  sys::Time now;                 ///< its own clock
  bool clock_synchronised = true;
  std::chrono::minutes utc_offset{0};
  bool automatic = true;  ///< the owner's setting
  std::optional<improvement::Letter> declined_through;
  std::set<std::string> quarantine;  ///< contents
  bool metered = false;
  std::optional<std::uint32_t> battery;  ///< percent; none where it is being charged, or has none
};

enum class Asked { ByItself, ByPerson };

struct Decision {
  bool go = false;
  Reason reason = Reason::Failed;  ///< where not
  std::string sentence;            ///< for a person
  std::optional<sys::Time> until =
      {};  ///< when the answer can become another one, if that is known
};

/// A person who asks skips what the owner or the device holds back, the ramp, deferral and windows;
/// never a withdrawal, a hold or a pause. Cost: at most one HMAC.
Decision decide(const Improvement& improvement, const Publisher& publisher, const Policy& policy,
                const Device& device, Asked asked);

/// Whether its publisher took it back, by either key.
bool is_withdrawn(const Improvement& improvement, const Publisher& publisher);
/// Of a device, for an improvement.
BasisPoints bucket_of(const Device& device, std::string_view id);

}  // namespace interlude::rollout
