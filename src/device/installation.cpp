#include "device/installation.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "device/farm.hpp"
#include "device/rebuild.hpp"

namespace interlude::device {
namespace {

using improvement::Payload;

Result<Staged> give_up(Journal& journal, const Waiting& waiting, const Error& error) {
  // The work has failed already; where even that cannot be stored, the first error tells more.
  (void)journal.enter(waiting);
  return std::unexpected(error);
}

/// Whether another payload can help where this error came up.
bool payload_is_to_blame(const Error& error) {
  return error.kind() == ErrorKind::Corrupt || error.kind() == ErrorKind::NotFound;
}

}  // namespace

Result<Staged> Installation::carry_on(Fetching now) {
  std::vector<Job> work = jobs();
  if (const Status enough = check_space(work); !enough) {
    return give_up(parts_.journal, next(now, Failed{enough.error()}), enough.error());
  }
  while (true) {
    if (const Status fetched = fetch(work); !fetched) {
      return give_up(parts_.journal, next(now, Failed{fetched.error()}), fetched.error());
    }
    const auto rebuilding = parts_.journal.enter(next(now, Fetched{}));
    if (!rebuilding) return std::unexpected(rebuilding.error());
    Status done = rebuild_all(work);
    if (done) done = prepare();
    if (done) return parts_.journal.enter(next(*rebuilding, Built{}));

    const auto unfinished = std::ranges::find(work, false, &Job::rebuilt);
    const bool another_left = unfinished != work.end() && payload_is_to_blame(done.error()) &&
                              unfinished->choice + 1 < unfinished->choices.size();
    if (!another_left) {
      return give_up(parts_.journal, next(*rebuilding, Failed{done.error()}), done.error());
    }
    ++unfinished->choice;
    unfinished->file.clear();
    const auto again = parts_.journal.enter(next(*rebuilding, PayloadRefused{}));
    if (!again) return std::unexpected(again.error());
    now = *again;
  }
}

std::vector<Installation::Job> Installation::jobs() const {
  std::vector<Job> work;
  for (const improvement::Component* component : parts_.improved.on()) {
    const auto entries = rebuilt_entries(*component);
    const bool all_here = std::ranges::all_of(
        entries, [&](const improvement::Entry* entry) { return parts_.store.has_object(*entry); });
    if (!all_here) work.push_back({component, choices_for(*component), 0, "", false});
  }
  return work;
}

std::vector<Installation::Choice> Installation::choices_for(
    const improvement::Component& component) const {
  std::vector<Choice> choices;
  for (const Payload& payload : component.payloads) {
    switch (payload.from) {
      case Payload::From::Full:
        choices.push_back({&payload, {}});
        break;
      case Payload::From::Baseline:
        choices.push_back({&payload, old_files(component, nullptr)});
        break;
      case Payload::From::Letter: {
        // Only where exactly that letter's files of the component are on.
        if (!parts_.active || parts_.active->generation.letter != payload.letter) break;
        if (!parts_.active->generation.is_on(component.name)) break;
        const auto* const earlier =
            improvement::find_component(parts_.active->manifest, component.name);
        choices.push_back({&payload, old_files(component, earlier)});
        break;
      }
    }
  }
  std::ranges::stable_sort(choices, {}, [](const Choice& each) { return each.payload->size; });
  return choices;
}

std::vector<Path> Installation::old_files(const improvement::Component& component,
                                          const improvement::Component* earlier) const {
  const Path root =
      earlier == nullptr ? parts_.baseline_tree : join(parts_.store.layout().active(), "tree");
  std::vector<Path> paths;
  for (const improvement::Reference& each : improvement::references(component, earlier)) {
    paths.push_back(join(root, each.path));
  }
  return paths;
}

Status Installation::check_space(const std::vector<Job>& jobs) const {
  auto needed = parts_.backend.space_for(parts_.improved);
  if (!needed) return std::unexpected(needed.error());
  for (const Job& job : jobs) {
    for (const improvement::Entry* entry : rebuilt_entries(*job.component)) *needed += entry->size;
    // As it comes, and its copy.
    if (!job.choices.empty()) *needed += 2 * job.choices.front().payload->size;
  }
  const auto free = parts_.disk.free_bytes(parts_.store.layout().library());
  if (!free) return std::unexpected(free.error());
  if (*free >= *needed) return {};
  return fail(ErrorKind::NoSpace,
              fmt::format("{} needs {} bytes free for this improvement; {} are free",
                          parts_.store.layout().library(), *needed, *free));
}

Status Installation::fetch(std::vector<Job>& jobs) {
  for (Job& job : jobs) {
    if (job.rebuilt || !job.file.empty()) continue;
    Status fetched = fetch(job);
    while (!fetched && payload_is_to_blame(fetched.error()) &&
           job.choice + 1 < job.choices.size()) {
      ++job.choice;
      fetched = fetch(job);
    }
    if (!fetched) return fetched;
  }
  return {};
}

Status Installation::fetch(Job& job) {
  if (job.choices.empty()) {
    return fail(ErrorKind::Corrupt,
                job.component->name + ": the manifest has no payload for this device");
  }
  const Payload& payload = *job.choices[job.choice].payload;
  const auto file = parts_.intake.payload(
      parts_.listing, parts_.improved.manifest.id, payload, [&](std::uint64_t done) {
        const auto share = static_cast<double>(done) / static_cast<double>(payload.size + 1);
        return parts_.progress("fetching " + job.component->name, share);
      });
  if (!file) return std::unexpected(file.error());
  job.file = *file;
  parts_.journal.record().expense.payload_bytes += payload.size;
  return {};
}

Status Installation::rebuild_all(std::vector<Job>& jobs) {
  const auto owners =
      carries_owners(parts_.disk, parts_.baseline_tree, parts_.store.layout().objects());
  if (!owners) return std::unexpected(owners.error());
  for (Job& job : jobs) {
    if (job.rebuilt) continue;
    const Rebuild work{job.component, job.choices[job.choice].old_files, job.file};
    const Status done = rebuild(parts_.disk, parts_.store, work, *owners, [&] {
      return parts_.progress("rebuilding " + job.component->name, 0);
    });
    if (!done) return std::unexpected(done.error().during("rebuilding " + job.component->name));
    job.rebuilt = true;
  }
  return {};
}

Status Installation::prepare() {
  for (const Improved* each : parts_.generations) {
    const std::string id = id_of(each->generation);
    if (parts_.store.has_generation(id)) continue;
    const Status prepared = parts_.backend.prepare(id, *each);
    if (prepared) continue;
    // An object is damaged: the next attempt makes it anew.
    if (prepared.error().kind() == ErrorKind::Corrupt) {
      (void)parts_.store.discard_objects(parts_.improved);
    }
    return prepared;
  }
  return {};
}

}  // namespace interlude::device
