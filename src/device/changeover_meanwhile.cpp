// What others do while the agent is not there, or beside it: the system changes files below a
// generation, a boot switches on what waited for it, the guard goes back or a person has it remove.

#include <algorithm>

#include "device/changeover.hpp"
#include "device/letters.hpp"
#include "device/recheck.hpp"
#include "overlay/boot_file.hpp"

namespace interlude::device {

std::string Changeover::pending() const {
  const auto target = parts_.disk.read_link(parts_.store.layout().pending());
  return target ? file_name_of(*target) : "";
}

Status Changeover::set_pending(const std::string& later) {
  const Path& link = parts_.store.layout().pending();
  if (pending() == later) return {};
  if (!later.empty()) {
    if (const Status fits = check_fit(later); !fits) return fits;
    return sys::replace_symlink(parts_.disk, "generations/" + later, link);
  }
  if (const Status removed = parts_.disk.remove(link); !removed) return removed;
  return parts_.disk.sync(parts_.store.layout().library());
}

void Changeover::note_waiting(const std::string& later) {
  Record& record = parts_.journal.record();
  if (record.waits == later) return;
  record.waits = later;
  record.waits_since = later.empty() ? std::nullopt : std::optional(parts_.clock.now());
}

Result<Generation> Changeover::judge(const std::string& id, const Improved& improved) {
  const std::string seen = parts_.backend.look_below(improved);
  auto fitting = reconsider(parts_.disk, parts_.store.layout().root(), parts_.baseline, improved);
  if (!fitting || *fitting != improved.generation) return fitting;
  if (const Status kept = parts_.backend.confirm(id, seen); !kept) {
    return std::unexpected(kept.error());
  }
  return fitting;
}

Status Changeover::check_fit(const std::string& id) {
  if (id.empty() || !parts_.backend.is_disturbed(id)) return {};
  const auto improved = parts_.store.generation(id);
  if (!improved) return std::unexpected(improved.error());
  const auto fitting = judge(id, *improved);
  if (!fitting) return std::unexpected(fitting.error());
  if (*fitting == improved->generation) return {};
  return fail(ErrorKind::Conflict, "(" + improved->generation.letter +
                                       ") was prepared for files that the system has changed: " +
                                       describe_retired(improved->generation, *fitting));
}

bool Changeover::is_lost(const Error& error) {
  return error.kind() == ErrorKind::Conflict || error.kind() == ErrorKind::NotFound ||
         error.kind() == ErrorKind::Corrupt;
}

Status Changeover::look_at_pending() {
  const Status fits = check_fit(pending());
  if (fits || !is_lost(fits.error())) return fits;
  if (const Status gone = set_pending(""); !gone) return gone;
  note_waiting("");
  parts_.journal.record().polls.next = parts_.clock.now();
  return parts_.memory.store(parts_.journal.record());
}

Status Changeover::adopt_pending() {
  Record& record = parts_.journal.record();
  const auto current = parts_.backend.current();
  if (!current || record.waits.empty() || *current != record.waits) return {};
  const auto improved = parts_.store.generation(*current);
  if (!improved) return std::unexpected(improved.error());
  Plan plan;
  plan.generation = *current;
  plan.letter = improved->generation.letter;
  plan.content = improved->generation.content;
  for (const Activation& each : record.activations) {
    plan.previous = each.generation;
    if (each.content == plan.content) plan.published_at = each.published_at;
  }
  plan.started = record.waits_since.value_or(parts_.clock.now());
  note_activation(plan);
  note_waiting("");
  remember(plan, "installed", plan.letter, "what waited for a boot is on");
  record.state = Committed{*current};
  if (const Status gone = set_pending(""); !gone) return gone;
  return parts_.memory.store(record);
}

Status Changeover::heed_guard() {
  const Layout& layout = parts_.store.layout();
  overlay::BootFile boot = overlay::read_boot_file(parts_.disk, layout);
  if (!boot.removed.empty()) return heed_removal(std::move(boot));
  if (boot.failed.empty()) return {};
  Record& record = parts_.journal.record();
  const std::string failed = boot.failed;
  const auto improved = parts_.store.generation(failed);
  const Plan* const known = plan_of(record.state);
  Plan plan;
  if (known != nullptr && known->generation == failed) plan = *known;
  plan.generation = failed;
  plan.previous = boot.generation;
  if (improved) {
    plan.letter = improved->generation.letter;
    plan.content = improved->generation.content;
  }
  if (const Activation* const before = find_activation(record, failed); before != nullptr) {
    if (plan.started == sys::Time()) plan.started = before->active_at;
  }
  quarantine(plan, boot.why);
  note_waiting("");
  record.last_error = boot.why;
  record.state = RolledBack{plan, boot.why};
  remember(plan, "rolled-back", plan.letter, boot.why);
  if (const Status stored = parts_.memory.store(record); !stored) return stored;
  parts_.supervision.after_going_back(failed, {});
  boot.failed.clear();
  boot.why.clear();
  return overlay::write_boot_file(parts_.disk, layout, boot);
}

Status Changeover::heed_removal(overlay::BootFile boot) {
  const auto current = parts_.backend.current();
  if (!current) return std::unexpected(current.error());
  if (*current == kBaseline) {
    Record& record = parts_.journal.record();
    Plan plan;
    plan.generation = kBaseline;
    plan.previous = boot.removed;
    plan.declined_through = letter_of(boot.removed);
    plan.started = parts_.clock.now();
    record.declined_through = plan.declined_through;
    if (record.available.empty()) record.available = plan.declined_through;
    note_waiting("");
    record.state = next(Removing{plan}, Switched{});
    remember(plan, "removed", plan.declined_through, "by interlude-guard");
    if (const Status stored = parts_.memory.store(record); !stored) return stored;
    parts_.supervision.after_going_back(boot.removed, {});
  }
  boot.removed.clear();
  return overlay::write_boot_file(parts_.disk, parts_.store.layout(), boot);
}

}  // namespace interlude::device
