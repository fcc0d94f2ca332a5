#include "rollout/act.hpp"

#include <algorithm>

namespace interlude::rollout {
namespace {

minutes since(sys::Time start, sys::Time now) {
  return std::max(minutes(0), std::chrono::floor<minutes>(now - start));
}

std::unexpected<Error> is_not(const char* wanted, const std::optional<Entry>& entry) {
  const std::string state =
      entry ? "is " + std::string(name_of(entry->progress)) : std::string("has not begun");
  return fail(ErrorKind::Conflict, std::string("the rollout ") + state + ", not " + wanted);
}

}  // namespace

Result<Entry> start(const Schedule& schedule, const std::optional<Entry>& before, sys::Time now) {
  if (before) {
    return fail(ErrorKind::Conflict,
                "the rollout has begun: it is " + std::string(name_of(before->progress)));
  }
  return Entry{Progress::Running, now, kEverybody, since(schedule.start, now), After::Keep, ""};
}

Result<Entry> pause(const std::optional<Entry>& before, const std::string& reason, sys::Time now) {
  if (!before || before->progress != Progress::Running) return is_not("running", before);
  Entry entry = *before;
  entry.progress = Progress::Paused;
  entry.since = now;
  entry.reason = reason;
  return entry;
}

Result<Entry> resume(const std::optional<Entry>& before, sys::Time now) {
  if (!before || before->progress != Progress::Paused) return is_not("paused", before);
  Entry entry = *before;
  entry.progress = Progress::Running;
  entry.shift += since(before->since, now);
  entry.since = now;
  entry.reason.clear();
  return entry;
}

Result<Entry> withdraw(const std::optional<Entry>& before, After after, const std::string& reason,
                       sys::Time now) {
  if (before && before->progress == Progress::Withdrawn && before->after == after) {
    return fail(ErrorKind::Conflict, "it is withdrawn already");
  }
  Entry entry = before.value_or(Entry{});
  entry.progress = Progress::Withdrawn;
  entry.since = now;
  entry.after = after;
  entry.reason = reason;
  return entry;
}

Result<Entry> limit(const std::optional<Entry>& before, BasisPoints ceiling) {
  if (!before || before->progress == Progress::Withdrawn) return is_not("running", before);
  Entry entry = *before;
  entry.ceiling = ceiling;
  return entry;
}

Schedule expedited(const Schedule& schedule, const Entry& entry, sys::Time now) {
  const BasisPoints here = reach(schedule, entry.shift, {}, now);
  // Devices keep the shift that they know; it is taken off beforehand.
  Schedule faster = profile(Urgency::Urgent, now - entry.shift);
  std::erase_if(faster.steps,
                [&](const Step& step) { return step.after > minutes(0) && step.reach <= here; });
  faster.steps.front().reach = std::max(faster.steps.front().reach, here);
  if (faster.steps.size() > 1 && faster.steps[1].reach <= faster.steps[0].reach) {
    faster.steps.resize(1);
  }
  return faster;
}

BasisPoints reached(const Improvement& improvement, const std::optional<Entry>& entry,
                    sys::Time now) {
  if (!improvement.schedule) return kEverybody;
  if (!entry) return 0;
  const bool stopped =
      entry->progress == Progress::Paused || entry->progress == Progress::Withdrawn;
  const sys::Time until = stopped ? std::min(now, entry->since) : now;
  return std::min(reach(*improvement.schedule, entry->shift, {}, until), entry->ceiling);
}

}  // namespace interlude::rollout
