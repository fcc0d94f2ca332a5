#pragma once
// Whether to install something, and what: one pure function with a reason for every "no".
//
// Order: nothing published, publisher demands rollout data, what a person asked for, already on,
// declined by the owner, quarantined, automatic off. A person who asks skips what the owner or the
// device itself holds back; never what the publisher demands.

#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "device/state.hpp"
#include "improvement/letter.hpp"

namespace interlude::device {

struct Request {
  enum class Kind {
    Automatic,  ///< the agent's own poll
    Check,      ///< look, install nothing
    Install,    ///< a person asks
  };
  Kind kind = Kind::Automatic;
  std::optional<improvement::Letter> letter;  ///< Install: this one, else the newest
  std::vector<std::string> components;        ///< Install: these only, else all
};

/// One published letter, as far as deciding needs it.
struct Published {
  improvement::Letter letter;
  std::string content;
};

struct Situation {
  std::string platform;
  std::string baseline;
  bool rollout_required = false;
  std::vector<Published> published;  ///< oldest letter first
  std::optional<improvement::Letter> active;
  std::optional<improvement::Letter> declined_through;
  std::set<std::string> quarantine;  ///< contents
  bool automatic = true;
};

struct Install {
  improvement::Letter letter;
};
/// Nothing newer than what is on.
struct Current {};

using Verdict = std::variant<Install, Current, Hold>;

/// Errors: NotFound (a person asked for a letter that is not published; the message names those
/// that are).
Result<Verdict> decide(const Situation& situation, const Request& request);

/// The newest letter that is published beyond what is on, whether or not it may be installed.
std::optional<improvement::Letter> newest_beyond(const Situation& situation);

}  // namespace interlude::device
