#include "device/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "device/rest.hpp"
#include "device/rollouts.hpp"
#include "device/schedule.hpp"
#include "device/secret.hpp"

namespace interlude::device {
namespace {

using improvement::Letter;

bool is_lower(const std::string& letter, const std::string& than) {
  const auto left = Letter::parse(letter);
  const auto right = Letter::parse(than);
  return left && right && *left < *right;
}

std::optional<Letter> letter_from(const std::string& text) {
  const auto letter = Letter::parse(text);
  if (!letter) return std::nullopt;
  return *letter;
}

/// How old an answer may be when something is switched on because of it.
constexpr std::chrono::minutes kRecent{10};

/// What a person who asked for an installation is told where the device must wait.
Error refusal(const Hold& hold) {
  switch (hold.reason) {
    case Reason::NoImprovement:
      return {ErrorKind::NotFound, hold.detail};
    case Reason::OnHold:
    case Reason::InstallForbidden:
      return {ErrorKind::Denied, hold.detail};
    default:
      return {ErrorKind::Unavailable, hold.detail};
  }
}

std::string prefix_of(const Config& config) {
  return config.source + "/" + config.platform + "/" + config.baseline_version;
}

/// As the repository says when `letter` was published; empty where it does not list it.
std::string published_at_of(const Situation& situation, const Letter& letter) {
  for (const rollout::Improvement& each : situation.published) {
    if (each.letter == letter) return sys::to_text(each.published_at);
  }
  return "";
}

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

Attempt::Attempt(Parts parts, const Request& request)
    : parts_(std::move(parts)),
      request_(request),
      intake_(parts_.disk, parts_.source, parts_.store.layout(), prefix_of(parts_.config)),
      prefix_(prefix_of(parts_.config)) {}

Status Attempt::run() {
  const auto polling = begin();
  if (!polling) return std::unexpected(polling.error());
  const auto seen = ask();
  if (!seen) return give_up(*polling, seen.error());
  return follow(*polling, *seen);
}

Result<Situation> Attempt::ask() {
  auto listing =
      parts_.source.ask([&](std::uint64_t) { return parts_.progress("asking the repository", 0); });
  if (!listing) return std::unexpected(listing.error());
  listing_ = std::move(*listing);
  asked_at_ = parts_.clock.now();
  asked_at_steady_ = parts_.clock.steady();
  return situation();
}

Result<Polling> Attempt::begin() {
  auto current = parts_.backend.current();
  if (!current) return std::unexpected(current.error());
  current_ = std::move(*current);
  auto active = read_active();
  if (!active) return std::unexpected(active.error());
  active_ = std::move(*active);

  Record& record = parts_.journal.record();
  const sys::Time now = parts_.clock.now();
  record.polls.last = now;
  if (!record.expense.since) record.expense.since = now;
  const auto polling = from_rest(record.state, Poll{});
  if (!polling) return std::unexpected(polling.error());
  return parts_.journal.enter(*polling);
}

Result<std::optional<Improved>> Attempt::read_active() const {
  if (current_ == kBaseline) return std::optional<Improved>();
  auto improved = parts_.store.generation(current_);
  if (!improved) return std::unexpected(improved.error());
  return std::optional(std::move(*improved));
}

Status Attempt::follow(const Polling& now, const Situation& seen) {
  note_answer(seen);
  const auto outlook = look(seen);
  if (!outlook) return turn_down(now, seen, outlook.error());
  parts_.journal.record().rollouts.answers = outlook->answers;
  if (const auto* const go = std::get_if<Install>(&outlook->verdict)) {
    return install(now, seen, go->letter);
  }
  if (const auto* const back = std::get_if<GoBack>(&outlook->verdict)) {
    return go_back(now, seen, *back);
  }
  if (std::holds_alternative<Current>(outlook->verdict) && !request_.forecast_only) {
    if (const auto waiting = pending(seen); waiting && request_.kind != Request::Kind::Check) {
      const std::string published_at =
          published_at_of(seen, *letter_from(waiting->generation.letter));
      return put_on(now, plan_for(*waiting, published_at, seen), *waiting);
    }
  }
  plan_next_poll(outlook->wake);
  return rest(now, outlook->verdict);
}

Result<Outlook> Attempt::look(const Situation& seen) const {
  auto outlook = decide(seen, request_);
  if (!outlook || !parts_.circumstances.is_metered) return outlook;
  Situation paid = seen;
  paid.device.metered = true;
  auto otherwise = decide(paid, request_);
  const bool matters = otherwise && otherwise->answers != outlook->answers;
  return matters && parts_.circumstances.is_metered() ? otherwise : outlook;
}

Result<Situation> Attempt::situation() {
  Record& record = parts_.journal.record();
  const auto settings = parts_.memory.settings();
  if (!settings) return std::unexpected(settings.error());
  Situation seen;
  seen.platform = parts_.config.platform;
  seen.baseline = parts_.config.baseline_version;
  seen.published = improvements_of(listing_, prefix_);
  seen.publisher =
      publisher_of(listing_, seen.published, record.rollouts.known, parts_.clock.now());
  record.rollouts.known = seen.publisher.known;
  seen.policy = parts_.circumstances.policy;
  seen.device = device_now(*settings);
  if (std::ranges::any_of(seen.published, [](const rollout::Improvement& each) {
        return each.schedule || each.recall;
      })) {
    seen.device.secret = rollout_secret(parts_.disk, parts_.random, parts_.store.layout());
  }
  seen.past = {record.rollouts.last_revert, record.rollouts.last_good};
  if (active_) seen.active = letter_from(active_->generation.letter);
  return seen;
}

rollout::Device Attempt::device_now(const Settings& settings) const {
  const Record& record = parts_.journal.record();
  rollout::Device device;
  device.now = parts_.clock.now();
  device.clock_synchronised = parts_.circumstances.clock_synchronised;
  device.utc_offset = parts_.circumstances.utc_offset;
  device.automatic = settings.automatic;
  device.declined_through = letter_from(record.declined_through);
  for (const Quarantined& each : record.quarantine) device.quarantine.insert(each.content);
  device.battery = parts_.circumstances.battery;
  return device;
}

template <class S>
Status Attempt::rest(const S& now, const Hold& hold) {
  parts_.journal.record().expense = {};
  const auto waiting = parts_.journal.enter(next(now, hold));
  if (!waiting) return std::unexpected(waiting.error());
  if (request_.kind != Request::Kind::Install) return {};
  return std::unexpected(refusal(hold));
}

Status Attempt::rest(const Polling& now, const Verdict& verdict) {
  if (const auto* const hold = std::get_if<Hold>(&verdict)) return rest(now, *hold);
  parts_.journal.record().expense = {};
  const auto committed = parts_.journal.enter(next(now, UpToDate{current_}));
  if (!committed) return std::unexpected(committed.error());
  return {};
}

Status Attempt::turn_down(const Polling& now, const Situation& situation, const Error& error) {
  // The device rests where its own look would have left it.
  plan_next_poll();
  const auto outlook = decide(situation, {Request::Kind::Check, std::nullopt, {}});
  const Status rested = rest(now, outlook ? outlook->verdict : Verdict(Current{}));
  (void)rested;  // what the person asked for is what is answered
  return std::unexpected(error);
}

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
  const auto held = held_back(whole, active_, parts_.supervision, !waits_too_long());
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
  if (is_wanted) return std::move(*improved);
  (void)parts_.changeover.set_pending("");  // tried again at the next poll
  return std::nullopt;
}

bool Attempt::waits_too_long() const {
  const auto& since = parts_.journal.record().waits_since;
  const auto& deadline = parts_.circumstances.in_use_deadline;
  return since && deadline && parts_.clock.now() - *since >= *deadline;
}

Status Attempt::foresee(const Polling& now, const Improved& whole, const Situation& situation) {
  const auto held = held_back(whole, active_, parts_.supervision, !waits_too_long());
  if (!held) return give_up(now, held.error());
  auto plan = parts_.supervision.foresee(without(whole, *held).value_or(whole),
                                         active_ ? &*active_ : nullptr);
  if (!plan) return give_up(now, plan.error());
  Forecast forecast{whole.generation, std::move(*plan), {}};
  for (const Held& each : *held) forecast.waiting.emplace_back(each.component, each.sentence);
  forecast_ = std::move(forecast);
  // The device rests where its own look would have left it.
  plan_next_poll();
  const auto outlook = decide(situation, {Request::Kind::Check, std::nullopt, {}});
  request_.kind = Request::Kind::Check;
  return rest(now, outlook ? outlook->verdict : Verdict(Current{}));
}

Status Attempt::go_back(const Polling& now, const Situation& situation, const GoBack& verdict) {
  if (verdict.by_online_key) parts_.journal.record().rollouts.last_revert = parts_.clock.now();
  plan_next_poll();
  if (auto older = older_good_one(situation)) {
    older->withdrawn = verdict.sentence;
    const auto staged = parts_.journal.enter(next(now, Ready{*older}));
    if (!staged) return std::unexpected(staged.error());
    return parts_.changeover.carry_on(*staged);
  }
  Plan plan;
  plan.generation = kBaseline;
  plan.previous = current_;
  plan.declined_through = parts_.journal.record().declined_through;
  plan.withdrawn = verdict.sentence;
  plan.started = parts_.clock.now();
  const auto removing = parts_.journal.enter(next(now, Remove{plan}));
  if (!removing) return std::unexpected(removing.error());
  return parts_.changeover.carry_on(*removing);
}

std::optional<Plan> Attempt::older_good_one(const Situation& situation) const {
  const Record& record = parts_.journal.record();
  std::optional<Plan> best;
  for (const Activation& each : record.activations) {
    const auto letter = letter_from(each.letter);
    if (!letter || !situation.active || *letter >= *situation.active) continue;
    if (best && !is_lower(best->letter, each.letter)) continue;
    if (is_withdrawn(situation, *letter)) continue;
    if (situation.device.quarantine.contains(each.content)) continue;
    const auto improved = parts_.store.generation(each.generation);
    if (!improved || !parts_.backend.verify(each.generation, *improved)) continue;
    best = Plan{each.generation,         current_,          each.letter, each.content,
                record.declined_through, each.published_at, "",          parts_.clock.now()};
  }
  return best;
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

std::optional<Plan> Attempt::older_one_here() const {
  if (request_.kind != Request::Kind::Install || !request_.letter || !active_) return std::nullopt;
  const auto active = letter_from(active_->generation.letter);
  if (!active || *request_.letter >= *active) return std::nullopt;
  for (const Activation& each : parts_.journal.record().activations) {
    if (each.letter != request_.letter->text()) continue;
    const auto improved = parts_.store.generation(each.generation);
    if (!improved || !parts_.backend.verify(each.generation, *improved)) continue;
    return Plan{each.generation, current_,          each.letter, each.content,
                active->text(),  each.published_at, "",          parts_.clock.now()};
  }
  return std::nullopt;
}

Status Attempt::give_up(const Polling& now, const Error& error) {
  // Going back to what is here needs no repository.
  if (const auto plan = older_one_here()) {
    const auto staged = parts_.journal.enter(next(now, Ready{*plan}));
    if (!staged) return std::unexpected(staged.error());
    return parts_.changeover.carry_on(*staged);
  }
  parts_.journal.record().expense = {};
  (void)parts_.journal.enter(next(now, Failed{error}));  // the error itself is what matters
  return note_failure(error);
}

Status Attempt::note_failure(const Error& error) {
  Record& record = parts_.journal.record();
  record.last_error = error.message();
  if (error.kind() == ErrorKind::Cancelled) {
    record.polls.next = parts_.clock.now();
  } else {
    ++record.polls.failures;
    record.polls.next =
        parts_.clock.now() +
        back_off(record.polls.failures, parts_.source.retry_after_seconds(), parts_.random);
  }
  (void)parts_.memory.store(record);  // the error itself is what matters
  return std::unexpected(error);
}

void Attempt::note_answer(const Situation& situation) {
  Record& record = parts_.journal.record();
  record.rollouts.answers.clear();
  if (situation.active && !is_withdrawn(situation, *situation.active)) {
    record.rollouts.last_good = parts_.clock.now();
  }
  record.polls.verified = parts_.clock.now();
  const auto newest = newest_beyond(situation);
  record.available = newest ? newest->text() : "";
  record.skipped.clear();
}

/// Power and network are looked at again with the next poll.
void Attempt::note_next_look() {
  Record& record = parts_.journal.record();
  for (Answer& each : record.rollouts.answers) {
    const bool is_of_the_moment =
        each.reason == Reason::Metered || each.reason == Reason::OnBattery;
    if (is_of_the_moment) each.until = record.polls.next;
  }
}

void Attempt::plan_next_poll(std::optional<sys::Time> wake) {
  Record& record = parts_.journal.record();
  record.polls.failures = 0;
  record.last_error.clear();
  record.polls.next =
      parts_.clock.now() + until_next_poll(parts_.config.poll_interval, parts_.random);
  if (wake && *wake > parts_.clock.now()) record.polls.next = std::min(*record.polls.next, *wake);
  note_next_look();
}

}  // namespace interlude::device
