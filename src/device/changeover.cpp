#include "device/changeover.hpp"

#include <algorithm>

#include "device/overloaded.hpp"

namespace interlude::device {
namespace {

constexpr std::size_t kKeptActivations = 3;  // what is on, and two before it

/// The plan of the work under way, if there is one.
const Plan* plan_of(const State& state) {
  return std::visit(
      [](const auto& now) -> const Plan* {
        if constexpr (requires { now.plan; }) {
          return &now.plan;
        } else {
          return nullptr;
        }
      },
      state);
}

bool is_older(const std::string& letter, const std::string& than) {
  const auto left = improvement::Letter::parse(letter);
  const auto right = improvement::Letter::parse(than);
  return left && right && *left < *right;
}

}  // namespace

Status Changeover::carry_on(const Staged& now) {
  const auto activating = parts_.journal.enter(next(now, Activate{}));
  if (!activating) return std::unexpected(activating.error());
  return carry_on(*activating);
}

Status Changeover::carry_on(const Activating& now) {
  if (const Status switched = switch_to(now.plan.generation); !switched) {
    const auto waiting = parts_.journal.enter(next(now, Failed{switched.error()}));
    if (!waiting) return std::unexpected(waiting.error());
    return switched;
  }
  const auto probation = parts_.journal.enter(next(now, Switched{}));
  if (!probation) return std::unexpected(probation.error());
  return carry_on(*probation);
}

Status Changeover::carry_on(const Probation& now) {
  // Twice, before a hiccup of the disk puts good content into quarantine.
  Status healthy = check(now.plan.generation);
  if (!healthy) healthy = check(now.plan.generation);
  if (healthy) return commit(now);

  std::vector<Quarantined>& quarantine = parts_.journal.record().quarantine;
  const Quarantined failed{now.plan.content, now.plan.letter, healthy.error().message()};
  if (std::ranges::find(quarantine, failed.content, &Quarantined::content) == quarantine.end()) {
    quarantine.push_back(failed);
  }
  const RollingBack back = next(now, Unhealthy{healthy.error().message()});
  // Going back must not depend on the record: which generation is on, the link decides.
  (void)parts_.journal.enter(back);
  return carry_on(back);
}

Status Changeover::check(const std::string& generation) {
  const auto improved = parts_.store.generation(generation);
  if (!improved) return std::unexpected(improved.error());
  return parts_.backend.check(*improved);
}

Status Changeover::commit(const Probation& now) {
  Record& record = parts_.journal.record();
  const Plan& plan = now.plan;
  const sys::Time time = parts_.clock.now();
  std::erase_if(record.activations,
                [&](const Activation& each) { return each.generation == plan.generation; });
  record.activations.push_back({plan.generation, plan.letter, plan.content, plan.published_at,
                                record.expense.since.value_or(plan.started), time,
                                record.expense.received_bytes, record.expense.payload_bytes,
                                record.expense.milliseconds});
  if (record.activations.size() > kKeptActivations) {
    record.activations.erase(record.activations.begin());
  }
  record.declined_through = plan.declined_through;
  record.skipped.clear();
  record.last_error.clear();
  record.polls.failures = 0;
  if (!is_older(plan.letter, record.available)) record.available.clear();

  const std::string previous = letter_of(plan.previous);
  if (!plan.withdrawn.empty()) {
    remember(plan, "withdrawn", previous, plan.withdrawn);
  } else {
    remember(plan, is_older(plan.letter, previous) ? "stepped-back" : "installed", plan.letter, "");
  }
  record.expense = {};
  const auto committed = parts_.journal.enter(next(now, Healthy{}));
  if (!committed) return std::unexpected(committed.error());
  settle();
  return {};
}

Status Changeover::carry_on(const RollingBack& now) {
  if (const Status switched = switch_to(now.plan.previous); !switched) {
    const auto failed = parts_.journal.enter(next(now, Failed{switched.error()}));
    if (!failed) return std::unexpected(failed.error());
    return std::unexpected(switched.error().during("going back after " + now.why));
  }
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
  if (const Status switched = switch_to(now.plan.generation); !switched) {
    const auto waiting = parts_.journal.enter(next(now, Failed{switched.error()}));
    if (!waiting) return std::unexpected(waiting.error());
    return switched;
  }
  Record& record = parts_.journal.record();
  const std::string removed = letter_of(now.plan.previous);
  record.declined_through = now.plan.declined_through;
  const bool by_publisher = !now.plan.withdrawn.empty();
  if (record.available.empty() && !by_publisher) record.available = removed;
  remember(now.plan, by_publisher ? "withdrawn" : "removed", removed, now.plan.withdrawn);
  const auto waiting = parts_.journal.enter(next(now, Switched{}));
  if (!waiting) return std::unexpected(waiting.error());
  settle();
  return {};
}

Status Changeover::switch_to(const std::string& generation) {
  const Status switched = parts_.backend.switch_to(generation);
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
  if (const Plan* const plan = plan_of(record.state); plan != nullptr) {
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
