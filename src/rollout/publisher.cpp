#include "rollout/publisher.hpp"

#include <array>
#include <utility>

#include "rollout/time_member.hpp"

namespace interlude::rollout {
namespace {

constexpr std::array<std::pair<Progress, std::string_view>, 4> kProgress = {{
    {Progress::Running, "running"},
    {Progress::Paused, "paused"},
    {Progress::Withdrawn, "withdrawn"},
    {Progress::Complete, "complete"},
}};
constexpr std::size_t kLongestReason = 1000;
constexpr std::uint64_t kLongestShiftMinutes = 10ULL * 366 * 24 * 60;

}  // namespace

std::string_view name_of(Progress progress) {
  for (const auto& [value, name] : kProgress) {
    if (value == progress) return name;
  }
  return "paused";
}

std::string_view name_of(After after) {
  return after == After::Revert ? "revert" : "keep";
}

Result<Entry> parse_entry(const json::Reader& object) {
  Entry entry;
  const auto state = object.text("state");
  if (!state) return std::unexpected(state.error());
  bool known = false;
  for (const auto& [value, name] : kProgress) {
    if (*state != name) continue;
    entry.progress = value;
    known = true;
  }
  if (!known) return std::unexpected(object.error("state: unknown: \"" + *state + "\""));
  const auto since = time_of(object, "since");
  if (!since) return std::unexpected(since.error());
  entry.since = *since;
  const auto ceiling = object.number_or("ceiling_bp", kEverybody);
  if (!ceiling) return std::unexpected(ceiling.error());
  if (*ceiling > kEverybody) return std::unexpected(object.error("ceiling_bp: at most 10000"));
  entry.ceiling = static_cast<BasisPoints>(*ceiling);
  const auto shift = object.number_or("shift_min", 0);
  if (!shift) return std::unexpected(shift.error());
  if (*shift > kLongestShiftMinutes) return std::unexpected(object.error("shift_min: too large"));
  entry.shift = minutes(*shift);
  const auto after = object.text_or("after", "keep");
  if (!after) return std::unexpected(after.error());
  if (*after != "keep" && *after != "revert") {
    return std::unexpected(object.error("after: expected keep or revert"));
  }
  entry.after = *after == "revert" ? After::Revert : After::Keep;
  auto reason = object.text_or("reason", "");
  if (!reason) return std::unexpected(reason.error());
  if (reason->size() > kLongestReason) return std::unexpected(object.error("reason: too long"));
  entry.reason = std::move(*reason);
  return entry;
}

Result<Announcement> parse_announcement(const json::Reader& list, sys::Time expires) {
  Announcement announcement;
  announcement.expires = expires;
  if (!list.has("as_of")) return announcement;
  const auto as_of = time_of(list, "as_of");
  if (!as_of) return std::unexpected(as_of.error());
  announcement.as_of = *as_of;
  // check: rollout-life
  if (expires <= *as_of || expires - *as_of > kLongestLife) {
    return std::unexpected(list.error("it must expire within 24 hours of as_of"));
  }
  const auto entries = list.optional_elements("rollouts");
  if (!entries) return std::unexpected(entries.error());
  if (entries->size() > kMostEntries) return std::unexpected(list.error("too many rollouts"));
  for (const json::Reader& each : *entries) {
    auto id = each.text("id");
    if (!id) return std::unexpected(id.error());
    auto entry = parse_entry(each);
    if (!entry) return std::unexpected(entry.error());
    if (!announcement.entries.emplace(std::move(*id), std::move(*entry)).second) {
      return std::unexpected(each.error("a second entry for one id"));
    }
  }
  return announcement;
}

json::Value to_json(const Entry& entry) {
  json::Value value = {{"state", name_of(entry.progress)}, {"since", sys::to_text(entry.since)}};
  if (entry.ceiling != kEverybody) value["ceiling_bp"] = entry.ceiling;
  if (entry.shift != minutes(0)) value["shift_min"] = entry.shift.count();
  if (entry.after == After::Revert) value["after"] = name_of(entry.after);
  if (!entry.reason.empty()) value["reason"] = entry.reason;
  return value;
}

json::Value to_json(const Announcement& announcement) {
  json::Value entries = json::Value::array();
  for (const auto& [id, entry] : announcement.entries) {
    json::Value value = to_json(entry);
    value["id"] = id;
    entries.push_back(std::move(value));
  }
  return {{"as_of", sys::to_text(announcement.as_of)}, {"rollouts", std::move(entries)}};
}

}  // namespace interlude::rollout
