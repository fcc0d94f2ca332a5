#include "device/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "device/letters.hpp"
#include "device/rest.hpp"
#include "device/rollouts.hpp"
#include "device/schedule.hpp"
#include "device/secret.hpp"

namespace interlude::device {
namespace {

using improvement::Letter;

/// What a person who asked for an installation is told where the device must wait.
Error refusal(const Hold& hold) {
  switch (hold.reason) {
    case Reason::NoImprovement:
      return {ErrorKind::NotFound, hold.detail};
    case Reason::OnHold:
    case Reason::InstallForbidden:
    case Reason::Withdrawn:
      return {ErrorKind::Denied, hold.detail};
    default:
      return {ErrorKind::Unavailable, hold.detail};
  }
}

std::string prefix_of(const Config& config) {
  return config.source + "/" + config.platform + "/" + config.baseline_version;
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
    if (is_missed(seen)) return install(now, seen, *seen.active);
  }
  plan_next_poll(outlook->wake);
  return rest(now, outlook->verdict);
}

bool Attempt::is_missed(const Situation& seen) const {
  const bool is_asked = request_.kind == Request::Kind::Automatic;
  if (!is_asked || !active_ || !seen.active || !parts_.changeover.pending().empty()) return false;
  const auto has_any = [&](Standing standing) {
    return std::ranges::find(active_->generation.components, standing, &ComponentState::standing) !=
           active_->generation.components.end();
  };
  // What a person chose they may choose again.
  if (!has_any(Standing::Waiting) || has_any(Standing::NotChosen)) return false;
  if (!listing_.manifests.contains(*seen.active) || !may_complete(seen, *seen.active)) return false;
  Situation paid = seen;
  paid.device.metered = parts_.circumstances.is_metered && parts_.circumstances.is_metered();
  return !paid.device.metered || may_complete(paid, *seen.active);
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
    if (best && !is_older(best->letter, each.letter)) continue;
    if (is_withdrawn(situation, *letter)) continue;
    if (situation.device.quarantine.contains(each.content)) continue;
    if (!can_be_on_again(each.generation)) continue;
    best = Plan{each.generation,         current_,          each.letter, each.content,
                record.declined_through, each.published_at, "",          parts_.clock.now()};
  }
  return best;
}

bool Attempt::can_be_on_again(const std::string& id) const {
  const auto improved = parts_.store.generation(id);
  return improved && parts_.backend.verify(id, *improved) && parts_.changeover.check_fit(id);
}

std::optional<Plan> Attempt::older_one_here() const {
  if (request_.kind != Request::Kind::Install || !request_.letter || !active_) return std::nullopt;
  const auto active = letter_from(active_->generation.letter);
  if (!active || *request_.letter >= *active) return std::nullopt;
  for (const Activation& each : parts_.journal.record().activations) {
    if (each.letter != request_.letter->text()) continue;
    if (!can_be_on_again(each.generation)) continue;
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

// `rest` for the states in which an attempt ends without a change.
template Status Attempt::rest(const Polling& now, const Hold& hold);
template Status Attempt::rest(const Staged& now, const Hold& hold);

}  // namespace interlude::device
