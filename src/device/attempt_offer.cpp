// What becomes of an offer that an attempt goes for: which of it concerns this device, what of that
// switches now and what must wait, and the last question before it does.

#include <fmt/format.h>

#include <algorithm>

#include "device/attempt.hpp"
#include "device/letters.hpp"
#include "device/rest.hpp"

namespace interlude::device {
namespace {

using improvement::Letter;

/// How old an answer may be when something is switched on because of it.
constexpr std::chrono::minutes kRecent{10};

std::string sum_up(const std::vector<ComponentState>& components) {
  std::string text;
  for (const ComponentState& each : components) {
    if (!text.empty()) text += "; ";
    text += each.name + ": " + std::string(name_of(each.standing));
    if (!each.note.empty()) text += " (" + each.note + ")";
  }
  return text;
}

}  // namespace

Status Attempt::install(const Polling& now, const Situation& situation, const Letter& letter) {
  if (const Status same = check_identity(letter); !same)
    return turn_down(now, situation, same.error());
  // What waits is here already, whole.
  if (const auto waiting = pending(situation);
      waiting && request_.kind == Request::Kind::Automatic &&
      waiting->generation.content == content_of(listing_.manifests.at(letter))) {
    return put_on(now, plan_for(*waiting, published_at_of(situation, letter), situation), *waiting);
  }
  const auto go_on = [&](std::uint64_t) { return parts_.progress("fetching the manifest", 0); };
  const auto offer = intake_.manifest(listing_, letter, go_on);
  if (!offer) return give_up(now, offer.error());
  auto composition =
      compose(parts_.disk, parts_.config.tree, parts_.backend, *offer, request_, active_, holds());
  if (!composition) {
    if (composition.error().kind() != ErrorKind::NotFound) return give_up(now, composition.error());
    return turn_down(now, situation, composition.error());
  }
  if (!composition->held.empty()) {
    const Error held(ErrorKind::Denied, composition->held);
    if (request_.forecast_only) return turn_down(now, situation, held);
    return wait_as_a_whole(now, letter, composition->held);
  }
  const Improved& whole = composition->improved;
  if (request_.forecast_only) return foresee(now, whole, situation);
  const Status done = whole.generation.any_on()
                          ? put_on(now, plan_for(whole, offer->published_at, situation), whole)
                          : nothing_applies(now, *composition);
  if (!done || composition->refused.empty()) return done;
  return fail(composition->refused_as, composition->refused);
}

Holds Attempt::holds() const {
  if (!parts_.circumstances.policy.respect_holds) return {};
  return Holds::of(parts_.disk, parts_.config.tree, parts_.store.layout().root());
}

Status Attempt::wait_as_a_whole(const Polling& now, const Letter& letter, const std::string& why) {
  const Hold hold{Reason::OnHold, fmt::format("({}) waits: {}", letter.text(), why)};
  parts_.journal.record().rollouts.answers.push_back(
      {letter.text(), hold.reason, hold.detail, std::nullopt});
  plan_next_poll();
  return rest(now, hold);
}

Status Attempt::put_on(const Polling& now, Plan plan, const Improved& whole) {
  if (request_.kind == Request::Kind::Install) {
    std::erase_if(parts_.journal.record().quarantine,
                  [&](const Quarantined& each) { return each.content == plan.content; });
  }
  const auto held = held_back(whole, active_, parts_.supervision, manner());
  if (!held) return give_up(now, held.error());
  if (held->empty()) {
    if (plan.generation != current_) return change_to(now, {plan, &whole, &whole});
    plan_next_poll();
    return rest(now, Current{});
  }
  const auto part = without(whole, *held);
  if (!part || id_of(part->generation) == current_) {
    return wait_for(now, std::move(plan), whole, *held);
  }
  plan.later = plan.generation;
  plan.generation = id_of(part->generation);
  return change_to(now, {plan, &*part, &whole});
}

/// All of it is prepared and left to the next boot, or to a later poll.
Status Attempt::wait_for(const Polling& now, Plan plan, const Improved& whole,
                         const std::vector<Held>& held) {
  const Hold hold{held.front().reason, sum_up(held)};
  plan_next_poll();
  if (parts_.changeover.pending() == plan.generation) return rest(now, hold);
  const auto staged = stage(now, {plan, &whole, &whole});
  if (!staged) return note_failure(staged.error());
  parts_.changeover.note_waiting(plan.generation);
  if (const Status waits = parts_.changeover.set_pending(plan.generation); !waits) {
    (void)parts_.journal.enter(next(*staged, Failed{waits.error()}));  // the error itself matters
    return note_failure(waits.error());
  }
  return rest(*staged, hold);
}

std::optional<Improved> Attempt::pending(const Situation& situation) {
  const std::string id = parts_.changeover.pending();
  if (id.empty()) return std::nullopt;
  auto improved = parts_.store.generation(id);
  const auto letter = improved ? letter_from(improved->generation.letter) : std::nullopt;
  const bool is_wanted = letter && !is_withdrawn(situation, *letter) &&
                         !situation.device.quarantine.contains(improved->generation.content);
  if (is_wanted) {
    const Status fits = parts_.changeover.check_fit(id);
    if (fits) return std::move(*improved);
    if (!Changeover::is_lost(fits.error())) return std::nullopt;
  }
  (void)parts_.changeover.set_pending("");  // tried again at the next poll
  return std::nullopt;
}

Manner Attempt::manner() const {
  return {parts_.circumstances.apply_at_least, !waits_too_long()};
}

bool Attempt::waits_too_long() const {
  const auto& since = parts_.journal.record().waits_since;
  const auto& deadline = parts_.circumstances.in_use_deadline;
  return since && deadline && parts_.clock.now() - *since >= *deadline;
}

Status Attempt::foresee(const Polling& now, const Improved& whole, const Situation& situation) {
  const auto held = held_back(whole, active_, parts_.supervision, manner());
  if (!held) return give_up(now, held.error());
  auto plan = parts_.supervision.foresee(without(whole, *held).value_or(whole),
                                         active_ ? &*active_ : nullptr);
  if (!plan) return give_up(now, plan.error());
  Forecast forecast{whole.generation, std::move(*plan), {}};
  for (const Held& each : *held) forecast.waiting.emplace_back(each.component, each.sentence);
  if (id_of(whole.generation) != current_) forecast_ = std::move(forecast);
  // The device rests where its own look would have left it.
  plan_next_poll();
  const auto outlook = decide(situation, {Request::Kind::Check, std::nullopt, {}});
  request_.kind = Request::Kind::Check;
  return rest(now, outlook ? outlook->verdict : Verdict(Current{}));
}

Status Attempt::check_identity(const Letter& letter) const {
  for (const Activation& each : parts_.journal.record().activations) {
    if (each.letter != letter.text()) continue;
    // check: letter-content
    if (each.content != content_of(listing_.manifests.at(letter))) {
      return fail(
          ErrorKind::Untrusted,
          fmt::format("({}) is known here with other bytes; a published letter never changes",
                      each.letter));
    }
  }
  return {};
}

Plan Attempt::plan_for(const Improved& whole, const std::string& published_at,
                       const Situation& situation) const {
  const improvement::Letter& letter = whole.manifest.id.letter;
  const improvement::Letter& newest = situation.published.back().letter;
  Plan plan;
  plan.generation = id_of(whole.generation);
  plan.previous = current_;
  plan.letter = letter.text();
  plan.content = whole.generation.content;
  // Who chooses an older letter does not want the newer ones back at the next poll.
  if (request_.kind == Request::Kind::Install && letter < newest) {
    plan.declined_through = newest.text();
  }
  plan.published_at = published_at;
  plan.started = parts_.clock.now();
  return plan;
}

Status Attempt::nothing_applies(const Polling& now, const Composition& composition) {
  Record& record = parts_.journal.record();
  const Generation& generation = composition.improved.generation;
  record.skipped = generation.components;
  record.expense = {};
  plan_next_poll();
  const bool held = std::ranges::any_of(generation.components, [](const ComponentState& each) {
    return each.standing == Standing::OnHold;
  });
  const Hold hold{
      held ? Reason::OnHold : Reason::NothingApplies,
      fmt::format("nothing of ({}) {}: {}", generation.letter,
                  held ? "is put on" : "is for this device", sum_up(generation.components))};
  const auto waiting = parts_.journal.enter(next(now, hold));
  if (!waiting) return std::unexpected(waiting.error());
  return {};
}

Status Attempt::change_to(const Polling& now, const Staging& staging) {
  const auto staged = stage(now, staging);
  if (!staged) return note_failure(staged.error());
  plan_next_poll();
  return is_recent() ? activate(*staged) : ask_again(*staged);
}

bool Attempt::is_recent() const {
  const auto by_wall_clock = parts_.clock.now() - asked_at_;
  return by_wall_clock >= std::chrono::seconds(0) && by_wall_clock <= kRecent &&
         parts_.clock.steady() - asked_at_steady_ <= kRecent;
}

Status Attempt::activate(const Staged& now) {
  return parts_.changeover.carry_on(now);
}

/// Fetching took long. What was withdrawn or paused meanwhile is not switched on.
Status Attempt::ask_again(const Staged& now) {
  const auto seen = ask();
  if (!seen) {
    (void)parts_.journal.enter(next(now, Failed{seen.error()}));  // the error itself matters
    return note_failure(seen.error());
  }
  note_answer(*seen);
  const auto outlook = look(*seen);
  if (!outlook) return note_failure(outlook.error());
  const auto* const go = std::get_if<Install>(&outlook->verdict);
  if (go != nullptr && go->letter.text() == now.plan.letter) return activate(now);
  parts_.journal.record().rollouts.answers = outlook->answers;
  note_next_look();
  const auto* const hold = std::get_if<Hold>(&outlook->verdict);
  // Another letter, or nothing any more: the next poll sees to it.
  return rest(now, hold != nullptr ? *hold
                                   : Hold{Reason::Available,
                                          "(" + now.plan.letter + ") is no longer what is wanted"});
}

Result<Staged> Attempt::stage(const Polling& now, const Staging& staging) {
  if (is_ready(staging)) return parts_.journal.enter(next(now, Ready{staging.plan}));
  const auto fetching = parts_.journal.enter(next(now, Go{staging.plan}));
  if (!fetching) return std::unexpected(fetching.error());
  std::vector<const Improved*> generations{staging.now};
  if (staging.whole != staging.now) generations.push_back(staging.whole);
  Installation installation({parts_.disk, parts_.store, parts_.backend, intake_, parts_.journal,
                             listing_, *staging.whole, std::move(generations), active_,
                             parts_.config.tree, parts_.progress});
  return installation.carry_on(*fetching);
}

bool Attempt::is_ready(const Staging& staging) {
  // Both are looked at: one that is damaged goes, whatever the other is like.
  const bool whole = is_ready(*staging.whole);
  return staging.now == staging.whole ? whole : is_ready(*staging.now) && whole;
}

bool Attempt::is_ready(const Improved& improved) {
  const std::string id = id_of(improved.generation);
  if (!parts_.store.has_generation(id)) return false;
  if (parts_.backend.verify(id, improved)) return true;
  // It was damaged since it was built. It and its objects are made anew.
  (void)parts_.store.remove_generation(id);
  (void)parts_.store.discard_objects(improved);
  return false;
}

}  // namespace interlude::device
