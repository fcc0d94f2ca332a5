#include "device/changeover.hpp"

#include <algorithm>

#include "device/letters.hpp"

namespace interlude::device {
namespace {

constexpr std::size_t kKeptActivations = 3;  // what is on, and two before it
constexpr int kLooks = 5;                    // at a generation on probation, beside the first
constexpr std::chrono::seconds kShortestLook{15};

}  // namespace

Status Changeover::carry_on(const Staged& now) {
  // What waits for a boot or an end of use belongs to what was wanted before.
  if (pending() != now.plan.later) {
    if (const Status forgotten = set_pending(""); !forgotten) {
      const auto waiting = parts_.journal.enter(next(now, Failed{forgotten.error()}));
      if (!waiting) return std::unexpected(waiting.error());
      return forgotten;
    }
  }
  if (const Status fits = check_fit(now.plan.generation); !fits) {
    const auto waiting = parts_.journal.enter(next(now, Failed{fits.error()}));
    if (!waiting) return std::unexpected(waiting.error());
    return fits;
  }
  const Vigil vigil = parts_.supervision.before(now.plan.generation);
  const auto activating = parts_.journal.enter(next(now, Activate{vigil}));
  if (!activating) return std::unexpected(activating.error());
  return carry_on(*activating);
}

Status Changeover::carry_on(const Activating& now) {
  if (const Status switched = switch_to(now.plan.generation, overlay::Way::On); !switched) {
    const auto waiting = parts_.journal.enter(next(now, Failed{switched.error()}));
    if (!waiting) return std::unexpected(waiting.error());
    return switched;
  }
  const auto probation = parts_.journal.enter(next(now, Switched{}));
  if (!probation) return std::unexpected(probation.error());
  return carry_on(*probation);
}

Status Changeover::carry_on(const Probation& now) {
  // While the machine starts, what is not active yet says nothing.
  if (now.until && parts_.supervision.is_starting()) return {};
  return watch(now);
}

/// One look: the first with restarts and probes, the others at what may have come since.
Status Changeover::watch(Probation now) {
  // Somebody may have taken it out of sight, and nobody brought it back: that is no fault of the
  // generation's. If it cannot be shown the check says so.
  const std::string& id = now.plan.generation;
  if (!parts_.backend.is_aside() && !parts_.backend.is_disturbed(id)) {
    (void)parts_.backend.settle();
  }
  // Twice, before a hiccup of the disk puts good content into quarantine.
  Status healthy = check(id);
  if (!healthy) healthy = check(id);
  const Vigil before = now.vigil;
  if (healthy) {
    healthy = now.until ? parts_.supervision.again(id, now.vigil)
                        : parts_.supervision.after_switch(id, now.vigil);
  }
  // The bare baseline is in sight because the system changes its own files: that is no fault of the
  // generation's. The next start looks again.
  if (!healthy && (parts_.backend.is_aside() || parts_.backend.is_disturbed(id))) return {};
  if (!healthy) return go_back(now, healthy.error().message());

  const sys::Time time = parts_.clock.now();
  // A clock that was set back must not make a probation without end.
  const sys::Time until =
      std::min(now.until.value_or(time + parts_.probation), time + parts_.probation);
  if (time >= until) return commit(now);
  if (now.until == until && now.vigil == before) return {};
  const auto watched = parts_.journal.enter(next(now, Watched{now.vigil, until}));
  if (!watched) return std::unexpected(watched.error());
  return {};
}

std::chrono::seconds Changeover::until_look(const Probation& now) const {
  if (!now.until) return kShortestLook;
  const auto left = std::chrono::ceil<std::chrono::seconds>(*now.until - parts_.clock.now());
  const auto between = std::max<std::chrono::seconds>(parts_.probation / kLooks, kShortestLook);
  // Where the end cannot be stored this is no race.
  return std::clamp(left, kShortestLook, between);
}

Status Changeover::go_back(const Probation& now, const std::string& why) {
  quarantine(now.plan, why);
  const RollingBack back = next(now, Unhealthy{why, now.vigil});
  // Going back must not depend on the record: which generation is on, the link decides.
  (void)parts_.journal.enter(back);
  return carry_on(back);
}

Status Changeover::check(const std::string& generation) {
  const auto improved = parts_.store.generation(generation);
  if (!improved) return std::unexpected(improved.error());
  return parts_.backend.check(*improved);
}

void Changeover::note_activation(const Plan& plan) {
  Record& record = parts_.journal.record();
  std::erase_if(record.activations,
                [&](const Activation& each) { return each.generation == plan.generation; });
  record.activations.push_back({plan.generation, plan.letter, plan.content, plan.published_at,
                                record.expense.since.value_or(plan.started), parts_.clock.now(),
                                record.expense.received_bytes, record.expense.payload_bytes,
                                record.expense.milliseconds});
  if (record.activations.size() > kKeptActivations) {
    record.activations.erase(record.activations.begin());
  }
}

/// What a check after the next boot expects to be active.
std::vector<std::string> Changeover::units_that_run(const std::string& generation,
                                                    const Vigil& vigil) {
  std::vector<std::string> names;
  const auto improved = parts_.store.generation(generation);
  const auto findings =
      improved ? parts_.supervision.look(&*improved) : Result<running::Findings>();
  if (findings) names = services_of(findings->processes);
  std::erase_if(names, [&](const std::string& name) {
    return std::ranges::find(vigil.units, name, &UnitWatch::name) == vigil.units.end();
  });
  return names;
}

Status Changeover::commit(const Probation& now) {
  Record& record = parts_.journal.record();
  const Plan& plan = now.plan;
  const Status waits = set_pending(plan.later);
  if (!waits && !is_lost(waits.error())) return waits;
  note_activation(plan);
  record.watched_units = units_that_run(plan.generation, now.vigil);
  note_waiting(waits ? plan.later : "");
  if (!waits) record.polls.next = parts_.clock.now();  // what of it fits is made anew
  record.declined_through = plan.declined_through;
  record.skipped.clear();
  record.last_error.clear();
  record.polls.failures = 0;
  if (!is_older(plan.letter, record.available)) record.available.clear();

  const std::string previous = letter_of(plan.previous);
  if (!plan.withdrawn.empty()) {
    remember(plan, "withdrawn", previous, plan.withdrawn);
  } else if (!plan.retired.empty()) {
    remember(plan, "retired", plan.letter, plan.retired);
  } else {
    remember(plan, is_older(plan.letter, previous) ? "stepped-back" : "installed", plan.letter, "");
  }
  record.expense = {};
  const auto committed = parts_.journal.enter(next(now, Healthy{}));
  if (!committed) return std::unexpected(committed.error());
  parts_.supervision.after_commit(plan.generation);
  settle();
  return {};
}

Status Changeover::carry_on(const RollingBack& announced) {
  // The same content waits for a boot, if anything does. Going back is more urgent than the link.
  (void)set_pending("");
  RollingBack now = announced;
  if (!check_fit(now.plan.previous)) {
    now.plan.previous = kBaseline;
    parts_.journal.record().polls.next = parts_.clock.now();  // for what of it fits
  }
  const Status switched = switch_to(now.plan.previous, overlay::Way::Back);
  if (!switched) {
    const auto failed = parts_.journal.enter(next(now, Failed{switched.error()}));
    if (!failed) return std::unexpected(failed.error());
    return std::unexpected(switched.error().during("going back after " + now.why));
  }
  note_waiting("");
  parts_.supervision.after_going_back(now.plan.generation, now.vigil);
  remember(now.plan, "rolled-back", now.plan.letter, now.why);
  parts_.journal.record().last_error = now.why;
  parts_.journal.record().expense = {};
  const auto back = parts_.journal.enter(next(now, Switched{}));
  if (!back) return std::unexpected(back.error());
  settle();
  return fail(ErrorKind::Corrupt,
              "(" + now.plan.letter + ") failed its check and was taken back: " + now.why);
}

Status Changeover::carry_on(const Removing& now) {
  // First, so that no boot switches on again what is taken off now.
  Status switched = set_pending("");
  if (switched) switched = switch_to(now.plan.generation, overlay::Way::Back);
  if (!switched) {
    const auto waiting = parts_.journal.enter(next(now, Failed{switched.error()}));
    if (!waiting) return std::unexpected(waiting.error());
    return switched;
  }
  parts_.supervision.after_going_back(now.plan.previous, {});
  Record& record = parts_.journal.record();
  note_waiting("");
  const std::string removed = letter_of(now.plan.previous);
  record.declined_through = now.plan.declined_through;
  const bool by_publisher = !now.plan.withdrawn.empty();
  const bool by_system = !now.plan.retired.empty();
  if (record.available.empty() && !by_publisher && !by_system) record.available = removed;
  if (by_system) {
    remember(now.plan, "retired", removed, now.plan.retired);
  } else {
    remember(now.plan, by_publisher ? "withdrawn" : "removed", removed, now.plan.withdrawn);
  }
  const auto waiting = parts_.journal.enter(next(now, Switched{}));
  if (!waiting) return std::unexpected(waiting.error());
  settle();
  return {};
}

void Changeover::quarantine(const Plan& plan, const std::string& why) {
  if (plan.content.empty()) return;
  std::vector<Quarantined>& all = parts_.journal.record().quarantine;
  if (std::ranges::find(all, plan.content, &Quarantined::content) != all.end()) return;
  all.push_back({plan.content, plan.letter, why});
}

Status Changeover::switch_to(const std::string& generation, overlay::Way way) {
  const Status switched = parts_.backend.switch_to(generation, way);
  if (switched) return switched;
  // The link may have flipped although its last sync failed: then the new generation is on.
  const auto current = parts_.backend.current();
  if (current && *current == generation) return {};
  return switched;
}

void Changeover::settle() {
  // What is on is decided and stored. None of this may turn success into failure, and the next
  // start does it again.
  (void)publish_version();
  (void)clean_up();
  (void)parts_.store.clear_downloads();
  (void)parts_.memory.keep_reserve();
}

Status Changeover::clean_up() {
  const auto active = parts_.backend.current();
  if (!active) return std::unexpected(active.error());
  const auto in_use = parts_.backend.in_use();
  if (!in_use) return std::unexpected(in_use.error());
  std::set<std::string> ids = kept(*active);
  ids.insert(in_use->begin(), in_use->end());
  const auto present = parts_.store.generations();
  if (!present) return std::unexpected(present.error());
  for (const std::string& id : *present) {
    if (*active != kBaseline || ids.contains(id) || id == kBaseline) continue;
    // By it `status` knows who goes on with what was removed. What those have mapped takes its
    // space anyway.
    const auto improved = parts_.store.generation(id);
    if (improved && parts_.supervision.is_run(*improved)) ids.insert(id);
  }
  return parts_.store.collect(ids);
}

Status Changeover::publish_version() {
  const auto active = parts_.backend.current();
  if (!active) return std::unexpected(active.error());
  const Layout& layout = parts_.store.layout();
  const std::string text =
      "baseline=" + baseline_version_ + "\nletter=" + letter_of(*active) + "\n";
  const auto present = parts_.disk.read(layout.version(), text.size());
  if (present && as_text(*present) == text) return {};
  const Status made = sys::make_directories(parts_.disk, layout.running(), kDirectoryMode);
  if (!made) return made;
  return sys::replace_file(parts_.disk, layout.version(), as_bytes(text), kFileMode);
}

std::string Changeover::letter_of(const std::string& generation) const {
  if (generation == kBaseline) return "";
  const Activation* const known = find_activation(parts_.journal.record(), generation);
  if (known != nullptr) return known->letter;
  const auto improved = parts_.store.generation(generation);
  return improved ? improved->generation.letter : "";
}

std::set<std::string> Changeover::kept(const std::string& active) const {
  const Record& record = parts_.journal.record();
  std::set<std::string> ids{active};
  for (const Activation& each : record.activations) ids.insert(each.generation);
  ids.insert(pending());
  if (const Plan* const plan = plan_of(record.state); plan != nullptr) {
    ids.insert(plan->later);
    ids.insert(plan->generation);
    ids.insert(plan->previous);
  }
  return ids;
}

void Changeover::remember(const Plan& plan, std::string event, std::string letter,
                          std::string detail) {
  // The history is for people: being unable to write it must not undo what was done.
  (void)parts_.memory.remember({parts_.clock.now(), plan.started, std::move(event),
                                std::move(letter), letter_of(plan.previous), std::move(detail)});
}

}  // namespace interlude::device
