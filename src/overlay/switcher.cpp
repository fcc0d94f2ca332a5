#include "overlay/switcher.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "overlay/boot_file.hpp"
#include "overlay/facts.hpp"
#include "overlay/hierarchy.hpp"

namespace interlude::overlay {
namespace {

constexpr unsigned kBootsToComeThrough = 2;  // boots that a generation may fail to come through

bool is_baseline(const std::string& id) {
  return id.empty() || id == kBaseline;
}

}  // namespace

Result<std::string> Switcher::current() {
  const auto target = disk_->read_link(layout_.active());
  if (!target) return std::unexpected(target.error().during("looking up what is on"));
  return file_name_of(*target);
}

Status Switcher::switch_to(const std::string& id, Way way) {
  const auto held = mounts_->hold();
  if (!held) return std::unexpected(held.error());
  const Status free = mounts_->check_unleased();
  // Without mounts of ours in sight, the baseline is what everybody sees anyhow.
  if (!free && !is_baseline(id)) return free;
  if (const Status wanted = check_wanted(); !wanted && !is_baseline(id)) return wanted;
  if (const Status fits = check_facts(id); !fits) return fits;
  const auto view = read_view(*disk_, layout_, id);
  if (!view) return std::unexpected(view.error());
  const auto before = current();
  const auto steps = steps_to(*view, way);
  if (!steps) return std::unexpected(steps.error());
  if (const Status fine = check(*steps); !fine) return fine;
  // What waits for the next boot may have all of this in it. If it cannot be taken away the store
  // is read-only, and no boot switches it on.
  if (way == Way::Back) (void)disk_->remove(layout_.pending());
  if (before && *before != id) {
    const std::string previous = way == Way::On ? *before : std::string(kBaseline);
    // On a full disk it stays as it was, and then speaks of another generation, which counts for
    // nothing.
    (void)write_boot_file(*disk_, layout_, {id, previous, 0, is_baseline(id), "", ""});
  }
  if (const Status taken = take_all(*steps); !taken) return taken;
  const Status pointed = point_at(id);
  if (pointed) return pointed;
  if (!is_baseline(id)) {
    undo(*steps, steps->size());
    return pointed;
  }
  // What people want off is off, as long as this boot lasts at least.
  return fail(
      pointed.error().kind(),
      "the baseline is in sight now, but that cannot be stored, and the next boot shows what "
      "was on again (interlude.off on the kernel's command line keeps it off): " +
          pointed.error().message());
}

Status Switcher::settle() {
  const auto held = mounts_->hold();
  if (!held) return std::unexpected(held.error());
  if (!mounts_->check_unleased() || !check_wanted()) return {};
  const auto id = current();
  if (!id) return std::unexpected(id.error());
  if (const Status fits = check_facts(*id); !fits) return fits;
  const auto view = read_view(*disk_, layout_, *id);
  if (!view) return std::unexpected(view.error());
  const auto steps = steps_to(*view, Way::On);
  if (!steps) return std::unexpected(steps.error());
  return take_all(*steps);
}

Result<std::string> Switcher::arm() {
  const auto held = mounts_->hold();
  if (!held) return std::unexpected(held.error());
  std::string told;
  if (const Status wanted = check_wanted(); !wanted) return wanted.error().message();
  const auto pinned = mounts_->pin();
  if (!pinned) return std::unexpected(pinned.error());
  const auto wholes = mounts_->wholes();
  if (!wholes) return std::unexpected(wholes.error());
  for (const Path& hierarchy : armed_at_boot(*disk_, *pinned, *wholes)) {
    const auto shown = mounts_->shown(hierarchy);
    if (shown && !shown->empty()) continue;  // not the first time in this boot
    if (const Status armed = mounts_->show_baseline(hierarchy); !armed) {
      told += armed.error().message() + "\n";
    }
  }
  const auto id = choose(*pinned, told);
  if (!id) return std::unexpected(id.error());
  const auto view = read_view(*disk_, layout_, *id);
  if (!view) return std::unexpected(view.error());
  // The files of two images may differ and have the same numbers, sizes and times: the agent
  // hashes.
  const bool is_over_image = std::ranges::any_of(view->hierarchies, [&](const Path& hierarchy) {
    return std::ranges::find(*wholes, hierarchy) != wholes->end();
  });
  if (is_over_image) (void)ask_for_look(kAfterBoot);
  const auto steps = steps_to(*view, Way::On);
  if (!steps) return std::unexpected(steps.error());
  if (const Status taken = take_all(*steps); !taken) return std::unexpected(taken.error());
  return told + (is_baseline(*id) ? "the baseline is on" : "generation " + *id + " is on");
}

Result<std::string> Switcher::choose(const Path& baseline, std::string& told) {
  BootFile boot = read_boot_file(*disk_, layout_);
  const auto active = current();
  if (!active) return nothing_on(active.error());
  std::string id = *active;
  if (const auto waiting = disk_->read_link(layout_.pending())) {
    // The link stays for the agent, which then knows what the boot switched on.
    const std::string next = file_name_of(*waiting);
    const bool is_wanted = next != id && next != boot.failed && is_complete(next);
    if (is_wanted && !facts_hold(*disk_, layout_, baseline, next)) {
      told += leave_to_agent(next);
    } else if (is_wanted) {
      boot = {next, id, 0, false, "", ""};
      const Status noted = write_boot_file(*disk_, layout_, boot);
      const Status pointed = noted ? point_at(next) : noted;
      if (pointed) {
        told += "generation " + next + " waited for this boot\n";
        id = next;
      } else {
        told +=
            "what waited for this boot cannot be switched on: " + pointed.error().message() + "\n";
      }
    }
  }
  if (is_baseline(id)) return id;
  if (facts_are_broken(*disk_, layout_, baseline, id)) {
    // No boot of its own: it is not shown, and proves nothing.
    told += leave_to_agent(id);
    return std::string(kBaseline);
  }
  if (boot.generation != id) boot = {id, std::string(kBaseline), 0, false, "", ""};
  if (boot.good) return id;
  const std::string now = mounts_->boot_id();
  const bool is_counted = !now.empty() && boot.counted == now && boot.tries > 0;
  if (is_counted && is_complete(id)) return id;
  if (boot.tries < kBootsToComeThrough && is_complete(id)) {
    ++boot.tries;
    boot.counted = now;
    if (const Status counted = write_boot_file(*disk_, layout_, boot); counted) return id;
    told += "this boot cannot be counted, and no boot with generation " + id +
            " came through yet: the baseline is shown\n";
    return std::string(kBaseline);
  }
  const std::string why = is_complete(id)
                              ? fmt::format("{} boots with it did not come through", boot.tries)
                              : "its files are not all there";
  const std::string back =
      can_come_back(boot.previous, baseline) ? boot.previous : std::string(kBaseline);
  told += fmt::format("generation {} is taken back: {}\n", id, why);
  (void)disk_->remove(layout_.pending());  // if it stays, it has failed already
  // The baseline needs no proof; what was on before came through once.
  (void)write_boot_file(*disk_, layout_, {back, std::string(kBaseline), 0, true, id, why});
  if (const Status pointed = point_at(back); !pointed) told += pointed.error().message() + "\n";
  return back;
}

Status Switcher::ask_for_look(std::string_view why) {
  return disk_->write(layout_.recheck(), as_bytes(why), kFileMode);
}

std::string Switcher::leave_to_agent(const std::string& id) {
  (void)ask_for_look();  // without it the agent looks at its next poll
  return "files below generation " + id + " changed: it waits until the agent has looked\n";
}

/// Where no link says what is on: nothing ever was, or its store is gone.
Result<std::string> Switcher::nothing_on(const Error& problem) {
  constexpr std::uint64_t kLargestMarker = 4096;
  const auto marker = disk_->read(layout_.marker(), kLargestMarker);
  const std::string_view was = marker ? as_text(*marker) : std::string_view();
  const bool was_on = !was.empty() && !was.starts_with(kBaseline);
  if (problem.kind() == ErrorKind::NotFound && !was_on) return std::string(kBaseline);
  if (!was_on) return std::unexpected(problem);
  return fail(problem.kind(),
              "a generation was on, and its store is not there: the baseline is shown, without its "
              "fixes: " +
                  problem.message());
}

Status Switcher::boot_passed() {
  const auto id = current();
  if (!id) return std::unexpected(id.error());
  if (!check_wanted()) return {};
  // While a package manager is at work it is not seen either, and was, when the machine started.
  if (mounts_->check_unleased() && !is_seen(*id)) return {};
  BootFile boot = read_boot_file(*disk_, layout_);
  if (boot.generation == *id && boot.good) return {};
  if (boot.generation != *id) boot = {*id, std::string(kBaseline), 0, false, "", ""};
  boot.good = true;
  return write_boot_file(*disk_, layout_, boot);
}

Status Switcher::go_back(const std::string& why) {
  // Then nothing of ours is in sight, and whatever goes wrong is not the generation's fault.
  if (const Status free = mounts_->check_unleased(); !free) return free;
  const auto id = current();
  if (!id) return std::unexpected(id.error());
  if (is_baseline(*id)) return {};
  const BootFile boot = read_boot_file(*disk_, layout_);
  const auto pinned = mounts_->pin();
  const bool is_known = boot.generation == *id && pinned && can_come_back(boot.previous, *pinned);
  const std::string back = is_known ? boot.previous : std::string(kBaseline);
  if (const Status switched = switch_to(back, Way::Back); !switched) return switched;
  (void)write_boot_file(*disk_, layout_, {back, std::string(kBaseline), 0, true, *id, why});
  return {};
}

Status Switcher::remove() {
  const auto id = current();
  if (!id) return std::unexpected(id.error());
  if (const Status switched = switch_to(std::string(kBaseline), Way::Back); !switched)
    return switched;
  if (is_baseline(*id)) return {};
  const BootFile boot{std::string(kBaseline), std::string(kBaseline), 0, true, "", "", *id};
  const Status noted = write_boot_file(*disk_, layout_, boot);
  if (noted) return {};
  return std::unexpected(noted.error().during(
      "the baseline is on, but the agent cannot be told that it is to stay, and will put back what "
      "was on"));
}

Status Switcher::step_aside() {
  // Not without it where it can be had; but a package manager is not kept waiting, and its lease
  // keeps everybody else from putting anything on.
  const auto held = mounts_->hold();
  if (!held && held.error().kind() != ErrorKind::Conflict) return std::unexpected(held.error());
  const auto hierarchies = mounts_->hierarchies();
  if (!hierarchies) return std::unexpected(hierarchies.error());
  Status last;
  for (const Path& hierarchy : *hierarchies) {
    if (const Status off = mounts_->step_aside(hierarchy); !off) last = off;
  }
  return last;
}

Status Switcher::check_wanted() {
  const bool by_file = sys::exists(*disk_, layout_.off());
  if (!by_file && !mounts_->is_off()) return {};
  return fail(ErrorKind::Conflict,
              (by_file ? layout_.off() + " is there"
                       : std::string("interlude.off is on the kernel's command line")) +
                  ": this boot runs the bare baseline");
}

bool Switcher::is_seen(const std::string& id) {
  const auto view = read_view(*disk_, layout_, id);
  if (!view) return false;
  return std::ranges::all_of(view->hierarchies, [&](const Path& hierarchy) {
    const auto shown = mounts_->shown(hierarchy);
    return shown && *shown == view->id;
  });
}

Result<std::vector<Switcher::Step>> Switcher::steps_to(const View& view, Way way) {
  auto hierarchies = mounts_->hierarchies();
  if (!hierarchies) return std::unexpected(hierarchies.error());
  std::set<Path> all(hierarchies->begin(), hierarchies->end());
  all.insert(view.hierarchies.begin(), view.hierarchies.end());
  std::vector<Step> steps;
  for (const Path& hierarchy : all) {
    auto shown = mounts_->shown(hierarchy);
    if (!shown) return std::unexpected(shown.error());
    const bool wanted = std::ranges::find(view.hierarchies, hierarchy) != view.hierarchies.end();
    const std::string to = wanted ? view.id : "";
    if (*shown != to) steps.push_back({hierarchy, std::move(*shown), to});
  }
  std::ranges::sort(steps, comes_before, &Step::hierarchy);
  if (way == Way::Back) std::ranges::reverse(steps);
  return steps;
}

Status Switcher::check(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    if (const Status fine = mounts_->check(step.hierarchy, step.to); !fine) return fine;
  }
  return {};
}

Status Switcher::take(const Step& step) {
  if (step.to.empty()) return mounts_->show_baseline(step.hierarchy);
  return mounts_->show(step.hierarchy, step.to,
                       layer_in(layout_.generation(step.to), step.hierarchy));
}

Status Switcher::take_all(const std::vector<Step>& steps) {
  for (std::size_t done = 0; done < steps.size(); ++done) {
    if (const Status taken = take(steps[done]); !taken) {
      undo(steps, done);
      return taken;
    }
  }
  return {};
}

void Switcher::undo(const std::vector<Step>& steps, std::size_t count) {
  while (count > 0) {
    const Step& step = steps[--count];
    // What cannot be undone settle() sees, and repairs.
    (void)take({step.hierarchy, step.to, step.from});
  }
}

Status Switcher::point_at(const std::string& id) {
  const std::string name = id.empty() ? std::string(kBaseline) : id;
  const Status pointed = sys::replace_symlink(*disk_, "generations/" + name, layout_.active());
  // It only tells a lost store from an empty one. Where it cannot be written, there is no alarm.
  if (pointed) (void)sys::replace_file(*disk_, layout_.marker(), as_bytes(name + "\n"), kFileMode);
  return pointed;
}

Status Switcher::check_facts(const std::string& id) {
  if (is_baseline(id)) return {};
  const auto baseline = mounts_->pin();
  if (!baseline) return std::unexpected(baseline.error());
  if (!facts_are_broken(*disk_, layout_, *baseline, id)) return {};
  return fail(ErrorKind::Conflict,
              "files below generation " + id + " changed: it waits until the agent has looked");
}

bool Switcher::can_come_back(const std::string& id, const Path& baseline) {
  return is_complete(id) && !facts_are_broken(*disk_, layout_, baseline, id);
}

bool Switcher::is_complete(const std::string& id) {
  if (is_baseline(id)) return true;
  const auto view = read_view(*disk_, layout_, id);
  if (!view) return false;
  return std::ranges::all_of(view->hierarchies, [&](const Path& hierarchy) {
    return sys::exists(*disk_, layer_in(layout_.generation(id), hierarchy));
  });
}

}  // namespace interlude::overlay
