// `interlude repair`: says what is inconsistent, and makes it consistent with what is on disk,
// whole. Nothing is fetched; what had to be given up comes back with the next poll.

#include <algorithm>

#include "device/agent.hpp"

namespace interlude::device {
namespace {

/// Why generation `id` cannot be what is on; nothing where it is whole.
Status examine(Store& store, Backend& backend, const std::string& id) {
  const auto improved = store.generation(id);
  if (!improved) return std::unexpected(improved.error());
  return backend.verify(id, *improved);
}

}  // namespace

Result<std::vector<std::string>> Agent::repair() {
  std::vector<std::string> told;
  const auto current = backend_->current();
  if (!current) return std::unexpected(current.error());
  const auto ids = store_.generations();
  if (!ids) return std::unexpected(ids.error());
  std::vector<std::string> damaged;
  for (const std::string& id : *ids) {
    if (id == kBaseline) continue;
    const Status whole = examine(store_, *backend_, id);
    if (whole) continue;
    damaged.push_back(id);
    told.push_back("generation " + id + " is damaged: " + whole.error().message());
  }
  const bool is_stuck = std::holds_alternative<RollbackFailed>(journal_.record().state);
  if (is_stuck) told.emplace_back("going back to the generation before had failed");
  const bool is_lost = std::ranges::find(damaged, *current) != damaged.end();
  if (is_stuck || is_lost) {
    const Status gone = go_to_whole_one(*current, damaged, told);
    if (!gone) return std::unexpected(gone.error());
  }
  const std::string waiting = changeover_.pending();
  if (!waiting.empty() &&
      (!store_.has_generation(waiting) || std::ranges::find(damaged, waiting) != damaged.end())) {
    changeover_.note_waiting("");
    if (const Status gone = changeover_.set_pending(""); !gone) {
      return std::unexpected(gone.error());
    }
    told.emplace_back("what waited for the next boot is forgotten");
  }
  for (const std::string& id : damaged) {
    // Its objects go, too: one of them is what is damaged.
    const auto improved = store_.generation(id);
    if (improved) (void)store_.discard_objects(*improved);
    if (const Status gone = store_.remove_generation(id); !gone) {
      return std::unexpected(gone.error().during("removing generation " + id));
    }
    told.push_back("generation " + id + " is removed");
  }
  if (const Status settled = backend_->settle(); !settled) {
    told.push_back("what programs see does not agree with what is on: " +
                   settled.error().message());
  }
  if (const Status swept = store_.sweep(); !swept) return std::unexpected(swept.error());
  if (const Status cleaned = changeover_.clean_up(); !cleaned) {
    return std::unexpected(cleaned.error());
  }
  if (const Status shown = changeover_.publish_version(); !shown) {
    return std::unexpected(shown.error());
  }
  if (const Status stored = memory_.store(journal_.record()); !stored) {
    return std::unexpected(stored.error());
  }
  return told;
}

/// To the newest generation that is whole and was on before `current`, else to the baseline. The
/// link alone says what is on: nothing has to be announced first.
Status Agent::go_to_whole_one(const std::string& current, const std::vector<std::string>& damaged,
                              std::vector<std::string>& told) {
  std::string best(kBaseline);
  std::string letter;
  for (const Activation& each : journal_.record().activations) {
    const bool is_whole = each.generation != current && store_.has_generation(each.generation) &&
                          std::ranges::find(damaged, each.generation) == damaged.end();
    if (!is_whole || !changeover_.check_fit(each.generation)) continue;
    best = each.generation;
    letter = each.letter;
  }
  if (const Status switched = backend_->switch_to(best, overlay::Way::Back); !switched)
    return switched;
  supervision_.after_going_back(current, {});
  journal_.record().state = resume(Committed{best}, best);
  told.push_back(letter.empty() ? "the baseline is on"
                                : "(" + letter + "), which was on before, is on again");
  const sys::Time now = world_.clock.now();
  (void)memory_.remember({now, now, "repaired", letter, "", told.front()});  // for people alone
  return {};
}

}  // namespace interlude::device
