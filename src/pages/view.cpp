#include "pages/view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pages/text.hpp"

namespace interlude::pages {
namespace {

constexpr unsigned kAllDevices = 10'000;
constexpr std::size_t kMostNames = 8;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  const std::size_t shown = std::min(names.size(), kMostNames);
  for (std::size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

Notice withdrawal(const View& view) {
  std::string text = "No device installs it any more. ";
  if (!view.rollout->reverts) {
    text += "Devices that have it keep it until a newer letter replaces it.";
  } else if (view.back_to != nullptr) {
    text += fmt::format("Devices that have it go back by themselves: to {}, or to {} as it was.",
                        view.back_to->short_name(), view.id().baseline);
  } else {
    text += fmt::format("Devices that have it go back by themselves, to {} as it was.",
                        view.id().baseline);
  }
  return {Notice::Kind::Withdrawn, view.rollout->since, std::move(text), view.rollout->reason};
}

std::string steps_text(const RolloutView& rollout) {
  std::string text;
  for (const RolloutView::Step& step : rollout.steps) {
    if (!text.empty()) text += ", ";
    text += rollout.by_rings           ? fmt::format("ring {}", step.share)
            : step.share < kAllDevices ? share_text(step.share)
                                       : std::string("all devices");
    text += step.after.count() == 0 ? " at once" : " after " + span_text(step.after);
  }
  return text;
}

bool reaches_all_at_once(const RolloutView& rollout) {
  if (rollout.steps.empty()) return true;
  const RolloutView::Step& first = rollout.steps.front();
  return !rollout.by_rings && first.after.count() == 0 && first.share >= kAllDevices;
}

}  // namespace

std::string View::short_name() const {
  return fmt::format("{} ({})", id().baseline, id().letter.text());
}

std::string View::name() const {
  return id().platform + " " + short_name();
}

bool View::reaches_devices() const {
  if (rollout == nullptr) return !improvement->needs_rollout;
  return is(RolloutView::State::Running) || is(RolloutView::State::Complete);
}

sys::Time View::updated() const {
  const sys::Time published = improvement->published_at;
  return rollout == nullptr ? published : std::max(published, rollout->since.value_or(published));
}

std::string_view title_of(Notice::Kind kind) {
  switch (kind) {
    case Notice::Kind::Withdrawn:
      return "Withdrawn";
    case Notice::Kind::Superseded:
      return "Superseded";
    case Notice::Kind::Paused:
      break;
  }
  return "Paused";
}

std::vector<Notice> notices(const View& view) {
  std::vector<Notice> all;
  if (view.withdrawn()) all.push_back(withdrawal(view));
  if (view.replaced_by != nullptr) {
    all.push_back({Notice::Kind::Superseded,
                   {},
                   fmt::format("{} is newer and takes its place.", view.replaced_by->short_name()),
                   ""});
  } else if (view.is(RolloutView::State::Paused)) {
    all.push_back(
        {Notice::Kind::Paused, view.rollout->since,
         "No further device installs it until its publisher resumes it. Devices that have "
         "it keep it.",
         view.rollout->reason});
  }
  return all;
}

std::string rollout_text(const View& view) {
  if (view.withdrawn()) return "Ended: it was withdrawn.";
  if (view.replaced_by != nullptr) {
    return fmt::format("Ended: {} took its place.", view.replaced_by->short_name());
  }
  if (view.rollout == nullptr) {
    return view.improvement->needs_rollout ? "No device installs it yet: its rollout has not begun."
                                           : "Available to all devices at once.";
  }
  const RolloutView& rollout = *view.rollout;
  if (rollout.state == RolloutView::State::Complete) {
    return "Complete: available to all devices.";
  }
  const std::string from =
      rollout.start ? fmt::format(" from {} on", time_text(*rollout.start)) : std::string();
  std::string text = rollout.urgent ? "Urgent. " : "";
  if (reaches_all_at_once(rollout)) {
    text += fmt::format("Available to all devices at once{}.", from);
  } else {
    text += fmt::format("Rolls out{} over {}: {}.", from + (from.empty() ? "" : ","),
                        span_text(rollout.steps.back().after), steps_text(rollout));
  }
  if (rollout.delay.count() > 0) {
    text += fmt::format(" It was held up for {}; the steps are later by that.",
                        span_text(rollout.delay));
  }
  if (rollout.ceiling < kAllDevices) {
    text += fmt::format(" For now it goes to no more than {}.", share_text(rollout.ceiling));
  }
  return text;
}

std::string component_names(const improvement::Manifest& manifest) {
  std::vector<std::string> names;
  for (const improvement::Component& each : manifest.components) names.push_back(each.name);
  return listed(names);
}

std::string advisory_names(const improvement::Manifest& manifest) {
  std::vector<std::string> names;
  for (const improvement::Advisory& each : manifest.advisories) {
    if (std::ranges::find(names, each.id) == names.end()) names.push_back(each.id);
  }
  return listed(names);
}

}  // namespace interlude::pages
