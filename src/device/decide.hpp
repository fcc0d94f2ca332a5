#pragma once
// Which of the published letters a device goes to, if any. Whether one letter may be installed now,
// rollout::decide() says; here they are asked about one after the other, the newest first, because
// letters are cumulative: who must wait for (b) still gets (a).

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "device/record.hpp"
#include "rollout/withdrawal.hpp"

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
  bool forecast_only = false;                 ///< Install: say what would happen, and do nothing
};

struct Situation {
  std::string platform;
  std::string baseline;
  std::vector<rollout::Improvement> published;  ///< oldest letter first
  rollout::Publisher publisher;
  rollout::Policy policy;
  rollout::Device device;
  rollout::Past past;
  std::optional<improvement::Letter> active;
};

struct Install {
  improvement::Letter letter;
};
/// What is on was withdrawn: to the newest letter here that is good, else to the baseline.
struct GoBack {
  std::string sentence;
  bool by_online_key = false;
};
/// Nothing newer than what is on.
struct Current {};

using Verdict = std::variant<Install, GoBack, Current, Hold>;

struct Outlook {
  Verdict verdict;
  std::vector<Answer> answers;  ///< for every letter that was asked about and is not installed now
  std::optional<sys::Time> wake;  ///< when to look again at the latest
};

/// Errors: NotFound (a person asked for a letter that is not published; the message names those
/// that are).
Result<Outlook> decide(const Situation& situation, const Request& request);

/// The newest letter that is published beyond what is on and not withdrawn, whether or not it may
/// be installed.
std::optional<improvement::Letter> newest_beyond(const Situation& situation);
/// Whether its publisher took it back. False for a letter that is not published.
bool is_withdrawn(const Situation& situation, const improvement::Letter& letter);

/// Whether more of `letter`, which is on in part, may be put on now: somebody has chosen it, the
/// owner or who asked for it, but nobody may have taken that back. False for a letter that is not
/// published.
bool may_complete(const Situation& situation, const improvement::Letter& letter);

/// When `letter` was published, as the repository says; empty where it does not list it.
std::string published_at_of(const Situation& situation, const improvement::Letter& letter);

}  // namespace interlude::device
