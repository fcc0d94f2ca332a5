#include "rollout/withdrawal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace interlude::rollout {
namespace {

using std::chrono::seconds;

/// Devices go back over an hour, each at a moment of its own.
sys::Time moment_of(const Improvement& on, const Device& device, sys::Time since,
                    const Past& past) {
  sys::Time moment = since;
  // check: revert-spread
  if (past.last_good) moment = std::max(since, *past.last_good);
  const auto place = bucket_of(device, on.id + "/revert");
  return moment + std::chrono::duration_cast<seconds>(kRevertSpread) * place / kEverybody;
}

std::string withdrawn_text(const Improvement& on, const std::string& reason) {
  return fmt::format("({}) was withdrawn by its publisher{}", on.letter.text(),
                     reason.empty() ? "" : ": " + reason);
}

TakeBack kept(const std::string& sentence, std::string_view why) {
  return {TakeBack::Answer::Kept, fmt::format("{}; it stays on: {}", sentence, why)};
}

TakeBack at(const std::string& sentence, sys::Time when, sys::Time now) {
  if (now >= when) return {TakeBack::Answer::Now, sentence, when};
  return {TakeBack::Answer::Later, fmt::format("{}; it goes back {}", sentence, sys::to_text(when)),
          when};
}

}  // namespace

TakeBack take_back(const Improvement& on, const Publisher& publisher, const Policy& policy,
                   const Device& device, const Past& past) {
  const sys::Time now = present(device.now, device.clock_synchronised, publisher.known);
  if (on.recall) {
    const std::string sentence = withdrawn_text(on, on.recall->reason);
    if (on.recall->after == After::Keep) return kept(sentence, "its publisher asks for no more");
    if (!policy.allow_remote_revert) return kept(sentence, "this device's policy says so");
    return at(sentence, moment_of(on, device, on.recall->at, past), now);
  }
  const auto found = publisher.known.entries.find(on.id);
  if (found == publisher.known.entries.end()) return {};
  const Entry& entry = found->second;
  if (entry.progress != Progress::Withdrawn) return {};
  const std::string sentence = withdrawn_text(on, entry.reason);
  if (entry.after == After::Keep) return kept(sentence, "its publisher asks for no more");
  if (!policy.allow_remote_revert) return kept(sentence, "this device's policy says so");
  const auto until = on.schedule ? on.schedule->revert_until : std::nullopt;
  // check: revert-window
  if (!until || now > *until) {
    return kept(sentence,
                "the time in which it could be taken back is over; its publisher can "
                "still recall it with the key that signed it");
  }
  sys::Time when = moment_of(on, device, entry.since, past);
  // check: revert-once-a-day
  if (past.last_revert) when = std::max(when, *past.last_revert + kBetweenReverts);
  TakeBack back = at(sentence, when, now);
  back.by_online_key = true;
  return back;
}

}  // namespace interlude::rollout
