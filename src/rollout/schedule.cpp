#include "rollout/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rollout/time_member.hpp"

namespace interlude::rollout {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::hours kGraceAfterRamp = 24h;
constexpr std::chrono::hours kRevertWindow = 72h;
constexpr std::uint64_t kMostRings = 1000;

/// [[minutes, value], …] with rising minutes and values of at most `most`.
Result<std::vector<std::pair<minutes, std::uint32_t>>> pairs_of(const json::Reader& object,
                                                                const char* name,
                                                                std::uint64_t most) {
  std::vector<std::pair<minutes, std::uint32_t>> pairs;
  const auto list = object.optional_elements(name);
  if (!list) return std::unexpected(list.error());
  if (list->size() > kMostSteps) return std::unexpected(object.error("too many steps"));
  for (const json::Reader& each : *list) {
    const auto two = each.elements();
    if (!two) return std::unexpected(two.error());
    if (two->size() != 2) return std::unexpected(each.error("expected [minutes, value]"));
    const auto after = two->at(0).number();
    if (!after) return std::unexpected(after.error());
    const auto value = two->at(1).number();
    if (!value) return std::unexpected(value.error());
    if (*after > static_cast<std::uint64_t>(kLongestRamp.count())) {
      return std::unexpected(each.error("a ramp ends within 90 days"));
    }
    if (*value > most) return std::unexpected(each.error(fmt::format("at most {}", most)));
    const std::pair next(minutes(*after), static_cast<std::uint32_t>(*value));
    if (!pairs.empty() &&
        (next.first <= pairs.back().first || next.second <= pairs.back().second)) {
      return std::unexpected(each.error("steps must rise"));
    }
    pairs.push_back(next);
  }
  return pairs;
}

template <class S>
minutes end_of(const std::vector<S>& steps) {
  return steps.empty() ? 0min : steps.back().after;
}

}  // namespace

Schedule profile(Urgency urgency, sys::Time start) {
  Schedule schedule{urgency, start, {}, {}, {}, {}};
  if (urgency == Urgency::Urgent) {
    schedule.steps = {{0min, 1000}, {60min, 5000}, {180min, kEverybody}};
  } else {
    schedule.steps = {
        {0min, 100}, {240min, 500}, {720min, 2000}, {1440min, 5000}, {2160min, kEverybody}};
    schedule.revert_until = start + kRevertWindow;
  }
  schedule.deadline = start + schedule.steps.back().after + kGraceAfterRamp;
  return schedule;
}

Schedule ring_profile(sys::Time start, std::uint32_t rings, minutes apart) {
  Schedule schedule{Urgency::Normal, start, {}, {}, {}, start + kRevertWindow};
  for (std::uint32_t ring = 0; ring < rings; ++ring) {
    schedule.rings.push_back({apart * ring, ring});
  }
  schedule.deadline = start + end_of(schedule.rings) + kGraceAfterRamp;
  return schedule;
}

Result<Schedule> parse_schedule(const json::Reader& object) {
  Schedule schedule;
  const auto urgency = object.text("urgency");
  if (!urgency) return std::unexpected(urgency.error());
  const auto known = parse_urgency(*urgency);
  if (!known) return std::unexpected(object.error("urgency: " + known.error().message()));
  schedule.urgency = *known;
  const auto start = time_of(object, "start");
  if (!start) return std::unexpected(start.error());
  schedule.start = *start;
  const auto steps = pairs_of(object, "steps", kEverybody);
  if (!steps) return std::unexpected(steps.error());
  for (const auto& [after, reach] : *steps) schedule.steps.push_back({after, reach});
  const auto rings = pairs_of(object, "rings", kMostRings);
  if (!rings) return std::unexpected(rings.error());
  for (const auto& [after, ring] : *rings) schedule.rings.push_back({after, ring});
  if (schedule.steps.empty() == schedule.rings.empty()) {
    return std::unexpected(object.error("expected either steps or rings"));
  }
  const auto deadline = time_of(object, "deadline");
  if (!deadline) return std::unexpected(deadline.error());
  schedule.deadline = *deadline;
  const minutes end = std::max(end_of(schedule.steps), end_of(schedule.rings));
  if (schedule.deadline < schedule.start + end) {
    return std::unexpected(object.error("deadline: it is before the last step"));
  }
  if (!object.has("revert_until")) return schedule;
  const auto revert_until = time_of(object, "revert_until");
  if (!revert_until) return std::unexpected(revert_until.error());
  schedule.revert_until = *revert_until;
  return schedule;
}

json::Value to_json(const Schedule& schedule) {
  json::Value value = {{"urgency", name_of(schedule.urgency)},
                       {"start", sys::to_text(schedule.start)},
                       {"deadline", sys::to_text(schedule.deadline)}};
  for (const Step& step : schedule.steps) {
    value["steps"].push_back({step.after.count(), step.reach});
  }
  for (const RingStep& step : schedule.rings) {
    value["rings"].push_back({step.after.count(), step.ring});
  }
  if (schedule.revert_until) value["revert_until"] = sys::to_text(*schedule.revert_until);
  return value;
}

std::string percent(BasisPoints share) {
  if (share % 100 == 0) return fmt::format("{} %", share / 100);
  return fmt::format("{:.{}f} %", share / 100.0, share % 10 == 0 ? 1 : 2);
}

std::string describe(std::chrono::seconds span) {
  const auto rounded = std::chrono::ceil<minutes>(span);
  if (rounded >= 72h && rounded % 24h == 0min) return fmt::format("{} days", rounded / 24h);
  if (rounded >= 2h || rounded == 1h) {
    const auto hours = std::chrono::floor<std::chrono::hours>(rounded);
    const auto rest = rounded - hours;
    return rest == 0min ? fmt::format("{} h", hours.count())
                        : fmt::format("{} h {} min", hours.count(), rest.count());
  }
  return fmt::format("{} min", rounded.count());
}

std::string describe(const Schedule& schedule) {
  std::string text;
  const auto add = [&](minutes after, const std::string& whom) {
    if (!text.empty()) text += ", ";
    text += whom + (after == 0min ? " at once" : " after " + describe(std::chrono::seconds(after)));
  };
  for (const Step& step : schedule.steps) add(step.after, percent(step.reach));
  for (const RingStep& step : schedule.rings) add(step.after, fmt::format("ring {}", step.ring));
  return text;
}

std::string_view name_of(Urgency urgency) {
  return urgency == Urgency::Urgent ? "urgent" : "normal";
}

Result<Urgency> parse_urgency(std::string_view name) {
  for (const Urgency urgency : {Urgency::Normal, Urgency::Urgent}) {
    if (name == name_of(urgency)) return urgency;
  }
  return fail(ErrorKind::Invalid, "expected normal or urgent, not \"" + std::string(name) + "\"");
}

}  // namespace interlude::rollout
