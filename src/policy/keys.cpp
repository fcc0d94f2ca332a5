#include "policy/keys.hpp"

#include <algorithm>
#include <cmath>

#include "improvement/letter.hpp"
#include "improvement/probe.hpp"

namespace interlude::policy {
namespace {

using document::Table;
using rollout::Policy;
using std::chrono::hours;

constexpr std::int64_t kLongestHours = 24 * 366;
constexpr std::int64_t kLastRing = 99;
constexpr double kBasisPointsPerPercent = 100;

template <bool Policy::*field>
Status read_flag(Effective& into, const Table& table, std::string_view key) {
  const auto flag = table.flag(key);
  if (!flag) return std::unexpected(flag.error());
  into.policy.*field = *flag;
  return {};
}

template <bool Policy::*field>
json::Value show_flag(const Effective& from) {
  return from.policy.*field;
}

/// `Field` is whole hours or an optional of them.
template <auto field, std::int64_t lowest>
Status read_hours(Effective& into, const Table& table, std::string_view key) {
  const auto count = table.integer(key, lowest, kLongestHours);
  if (!count) return std::unexpected(count.error());
  into.policy.*field = hours(*count);
  return {};
}

json::Value shown(hours time) {
  return time.count();
}

json::Value shown(const std::optional<hours>& time) {
  return time ? json::Value(time->count()) : json::Value();
}

template <auto field>
json::Value show_hours(const Effective& from) {
  return shown(from.policy.*field);
}

Status read_metered(Effective& into, const Table& table, std::string_view key) {
  const auto text = table.text(key);
  if (!text) return std::unexpected(text.error());
  if (*text != "wait" && *text != "allowed") {
    return std::unexpected(table.error(key, "expected \"wait\" or \"allowed\""));
  }
  into.policy.metered = *text == "allowed";
  return {};
}

Status read_automatic(Effective& into, const Table& table, std::string_view key) {
  const auto text = table.text(key);
  if (!text) return std::unexpected(text.error());
  const auto automatic = rollout::parse_automatic(*text);
  if (!automatic) return std::unexpected(table.error(key, automatic.error().message()));
  into.policy.automatic = *automatic;
  return {};
}

Status read_ceiling(Effective& into, const Table& table, std::string_view key) {
  const auto percent = table.number(key, 0, 100);
  if (!percent) return std::unexpected(percent.error());
  const double points = *percent * kBasisPointsPerPercent;
  if (std::abs(points - std::round(points)) > 1e-6) {
    return std::unexpected(table.error(key, "expected no more than two decimal places"));
  }
  into.policy.ceiling = static_cast<rollout::BasisPoints>(std::lround(points));
  return {};
}

json::Value show_ceiling(const Effective& from) {
  const rollout::BasisPoints points = from.policy.ceiling;
  if (points % 100 == 0) return points / 100;
  return static_cast<double>(points) / kBasisPointsPerPercent;
}

Status read_ring(Effective& into, const Table& table, std::string_view key) {
  const auto ring = table.integer(key, 0, kLastRing);
  if (!ring) return std::unexpected(ring.error());
  into.policy.ring = static_cast<std::uint32_t>(*ring);
  return {};
}

Status read_windows(Effective& into, const Table& table, std::string_view key) {
  const auto texts = table.texts(key);
  if (!texts) return std::unexpected(texts.error());
  std::vector<rollout::Window> windows;
  for (const std::string& text : *texts) {
    auto window = rollout::Window::parse(text);
    if (!window) return std::unexpected(table.error(key, window.error().message()));
    windows.push_back(std::move(*window));
  }
  into.policy.windows = std::move(windows);
  return {};
}

json::Value show_windows(const Effective& from) {
  json::Value list = json::Value::array();
  for (const rollout::Window& each : from.policy.windows) list.push_back(each.text());
  return list;
}

Status read_battery(Effective& into, const Table& table, std::string_view key) {
  const auto percent = table.integer(key, 0, 100);
  if (!percent) return std::unexpected(percent.error());
  into.policy.lowest_battery = static_cast<std::uint32_t>(*percent);
  return {};
}

/// A misspelt one would hold nothing, and nobody would see it.
template <std::vector<std::string> Policy::*field>
Status read_names(Effective& into, const Table& table, std::string_view key) {
  auto names = table.texts(key);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (name == "*" || improvement::Letter::parse(name) || improvement::Id::parse(name)) continue;
    return std::unexpected(table.error(
        key,
        "expected ids such as \"local/debian-12-x86_64/12.11/a\", letters, or \"*\" for all, not "
        "\"" +
            name + '"'));
  }
  into.policy.*field = std::move(*names);
  return {};
}

template <std::vector<std::string> Policy::*field>
json::Value show_names(const Effective& from) {
  return from.policy.*field;
}

template <std::vector<std::string> Effective::*field>
Status read_units(Effective& into, const Table& table, std::string_view key) {
  auto names = table.texts(key);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const Status good = improvement::check_unit_name(name, true);
    if (!good) return std::unexpected(table.error(key, good.error().message()));
  }
  into.*field = std::move(*names);
  return {};
}

template <std::vector<std::string> Effective::*field>
json::Value show_units(const Effective& from) {
  return from.*field;
}

Status read_in_use_deadline(Effective& into, const Table& table, std::string_view key) {
  const auto count = table.integer(key, 0, kLongestHours);
  if (!count) return std::unexpected(count.error());
  into.in_use_deadline = hours(*count);
  return {};
}

Status read_apply(Effective& into, const Table& table, std::string_view key) {
  const auto text = table.text(key);
  if (!text) return std::unexpected(text.error());
  const auto apply = improvement::parse_apply(*text);
  if (!apply) return std::unexpected(table.error(key, apply.error().message()));
  into.apply_at_least = *apply;
  return {};
}

Status read_local_users(Effective& into, const Table& table, std::string_view key) {
  const auto text = table.text(key);
  if (!text) return std::unexpected(text.error());
  if (*text != "default" && *text != "status-only") {
    return std::unexpected(table.error(key, "expected \"default\" or \"status-only\""));
  }
  into.local_users = *text == "default" ? LocalUsers::Default : LocalUsers::StatusOnly;
  return {};
}

constexpr Key kKeys[] = {
    {"allow_install", read_flag<&Policy::allow_install>, show_flag<&Policy::allow_install>},
    {"allow_removal", read_flag<&Policy::allow_removal>, show_flag<&Policy::allow_removal>},
    {"allow_remote_revert", read_flag<&Policy::allow_remote_revert>,
     show_flag<&Policy::allow_remote_revert>},
    {"respect_holds", read_flag<&Policy::respect_holds>, show_flag<&Policy::respect_holds>},
    {"local_users", read_local_users,
     [](const Effective& from) -> json::Value {
       return from.local_users == LocalUsers::Default ? "default" : "status-only";
     }},
    {"automatic", read_automatic,
     [](const Effective& from) -> json::Value { return rollout::name_of(from.policy.automatic); }},
    {"hold", read_names<&Policy::hold>, show_names<&Policy::hold>},
    {"expedite", read_names<&Policy::expedite>, show_names<&Policy::expedite>},
    {"ring", read_ring,
     [](const Effective& from) {
       return from.policy.ring ? json::Value(*from.policy.ring) : json::Value();
     }},
    {"ceiling_percent", read_ceiling, show_ceiling},
    {"defer_hours", read_hours<&Policy::defer, 0>, show_hours<&Policy::defer>},
    {"windows", read_windows, show_windows},
    {"deadline_hours", read_hours<&Policy::deadline, 0>, show_hours<&Policy::deadline>},
    {"max_staleness_hours", read_hours<&Policy::max_staleness, 0>,
     show_hours<&Policy::max_staleness>},
    {"metered", read_metered,
     [](const Effective& from) -> json::Value { return from.policy.metered ? "allowed" : "wait"; }},
    {"restart_never", read_units<&Effective::restart_never>, show_units<&Effective::restart_never>},
    {"restart_allowed", read_units<&Effective::restart_allowed>,
     show_units<&Effective::restart_allowed>},
    {"in_use_deadline_hours", read_in_use_deadline,
     [](const Effective& from) { return shown(from.in_use_deadline); }},
    {"apply_at_least", read_apply,
     [](const Effective& from) -> json::Value {
       return improvement::name_of(from.apply_at_least);
     }},
    {"lowest_battery_percent", read_battery,
     [](const Effective& from) -> json::Value { return from.policy.lowest_battery; }},
};

}  // namespace

std::span<const Key> keys() {
  return kKeys;
}

}  // namespace interlude::policy
