#include "device/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "device/overloaded.hpp"
#include "device/provision.hpp"
#include "device/tree_backend.hpp"

namespace interlude::device {
namespace {

constexpr std::chrono::days kLongestSilence{7};

/// The sentence that says why the state is what it is, and its code; empty where it needs none.
struct Why {
  std::string code;
  std::string text;
};

Why why(const State& state) {
  return std::visit(
      Overloaded{
          [](const Waiting& now) {
            return Why{std::string(name_of(now.reason)), now.detail};
          },
          [](const Probation& now) {
            return Why{"probation",
                       fmt::format("({}) was switched on and is watched{}", now.plan.letter,
                                   now.until ? " until " + sys::to_text(*now.until) : "")};
          },
          [](const RollingBack& now) {
            return Why{"quarantined", now.why};
          },
          [](const RolledBack& now) {
            return Why{"quarantined", fmt::format("({}) failed its check and was taken back: {}",
                                                  now.plan.letter, now.why)};
          },
          [](const RollbackFailed& now) {
            return Why{
                "rollback-failed",
                fmt::format("({}) failed its check ({}), and going back failed: {}. The next "
                            "start of the agent tries again; `interlude remove` goes to the "
                            "baseline",
                            now.plan.letter, now.why, now.problem)};
          },
          [](const auto&) { return Why{}; },
      },
      state);
}

json::Value or_null(const std::string& text) {
  return text.empty() ? json::Value() : json::Value(text);
}

json::Value or_null(const std::optional<sys::Time>& time) {
  return time ? json::Value(sys::to_text(*time)) : json::Value();
}

json::Value advisories(const Report& report) {
  json::Value list = json::Value::array();
  for (const auto& [improved, each] : known_advisories(report)) {
    const FixState state = fix_state(*improved, each->component, report.running, report.root);
    list.push_back({{"id", each->id},
                    {"component", each->component},
                    {"impact", each->impact},
                    {"description", each->description},
                    {"references", each->references},
                    {"on", improved->generation.is_on(each->component)},
                    {"state", state.code},
                    {"state_text", state.sentence}});
  }
  return list;
}

std::string describe(const ComponentState& component) {
  std::string text = component.name;
  if (!component.before.empty() || !component.after.empty()) {
    text += fmt::format(" {} → {}", component.before, component.after);
  }
  switch (component.standing) {
    case Standing::On:
      return text + ": on";
    case Standing::Absent:
      return text + ": not on this device";
    case Standing::AlreadyFixed:
      return text + ": already fixed by the system";
    case Standing::Foreign:
    case Standing::OnHold:
      return text + ": left alone: " + component.note;
    case Standing::NotChosen:
      return text + ": not chosen";
    case Standing::Exposed:
      return text + ": VULNERABLE AGAIN: " + component.note;
    case Standing::Waiting:
      return text + ": waits (" + component.note + ")";
  }
  return text;
}

std::string fixes(const Report& report) {
  std::string text;
  for (const auto& [improved, each] : known_advisories(report)) {
    const FixState state = fix_state(*improved, each->component, report.running, report.root);
    text +=
        fmt::format("  {}: {} ({}) {}\n", state.sentence, each->id, each->component, each->impact);
  }
  return text;
}

/// The generation that `active` names; the baseline where nothing was ever on.
Result<std::string> generation_on(sys::FileSystem& disk, const Layout& layout) {
  const auto target = disk.read_link(layout.active());
  if (target) return file_name_of(*target);
  if (target.error().kind() == ErrorKind::NotFound) return std::string(kBaseline);
  return std::unexpected(target.error().during("looking up what is on"));
}

/// What `pending` names, as it stands, unless part of it is on already and says so itself.
std::optional<Improved> what_waits(sys::FileSystem& disk, const Layout& layout,
                                   const Report& report) {
  const auto target = disk.read_link(layout.pending());
  if (!target) return std::nullopt;
  auto improved = Store(disk, layout).generation(file_name_of(*target));
  if (!improved) return std::nullopt;
  if (report.active && report.active->generation.letter == improved->generation.letter) {
    return std::nullopt;
  }
  const auto* const rests = std::get_if<Waiting>(&report.record.state);
  for (ComponentState& each : improved->generation.components) {
    if (each.standing != Standing::On) continue;
    const auto* const component = improvement::find_component(improved->manifest, each.name);
    const auto* const before = report.active && report.active->generation.is_on(each.name)
                                   ? improvement::find_component(report.active->manifest, each.name)
                                   : nullptr;
    if (before != nullptr && before->files == component->files) continue;
    const bool at_boot = component->apply == improvement::Apply::AtBoot ||
                         (rests != nullptr && rests->reason == Reason::AtBoot);
    each.standing = Standing::Waiting;
    each.note = improvement::name_of(at_boot ? improvement::Apply::AtBoot
                                             : improvement::Apply::WhenNotRunning);
  }
  return std::move(*improved);
}

Result<Path> active_tree(sys::FileSystem& disk, const Layout& layout, const Config& config) {
  if (config.backend == Config::BackendKind::Overlay) return layout.root();
  Store store(disk, layout);
  return TreeBackend(disk, store, {config.tree, config.hard_links}).active_tree();
}

}  // namespace

Result<Report> make_report(sys::FileSystem& disk, const Layout& layout, sys::Time now) {
  Report report;
  report.root = layout.root();
  auto config = load_config(disk, layout);
  if (!config) return std::unexpected(config.error());
  report.config = std::move(*config);
  if (!is_set_up(disk, layout)) {
    return fail(ErrorKind::NotFound,
                layout.root() +
                    " is provisioned, and its agent has never run: start it, or call "
                    "`interlude agent --once`");
  }
  const Memory memory(disk, layout);
  auto record = memory.record();
  if (!record) return std::unexpected(record.error());
  report.record = std::move(*record);
  const auto settings = memory.settings();
  if (!settings) return std::unexpected(settings.error());
  report.settings = *settings;

  Store store(disk, layout);
  auto tree = active_tree(disk, layout, report.config);
  if (!tree) return std::unexpected(tree.error().during("looking up what is on"));
  report.active_tree = std::move(*tree);
  const auto current = generation_on(disk, layout);
  if (!current) return std::unexpected(current.error());
  if (*current != kBaseline) {
    auto active = store.generation(*current);
    if (!active) return std::unexpected(active.error());
    report.active = std::move(*active);
    const Activation* const known = find_activation(report.record, *current);
    if (known != nullptr) report.activation = *known;
  }
  report.waiting = what_waits(disk, layout, report);
  const auto& verified = report.record.polls.verified;
  if (verified && now - *verified > kLongestSilence) {
    report.warning =
        fmt::format("no verified answer from the repository since {}", sys::to_text(*verified));
  } else if (!verified && report.record.polls.last) {
    report.warning = "the repository has never given a verified answer";
  }
  return report;
}

void look_at_processes(Report& report, sys::FileSystem& disk, const Layout& layout) {
  const bool runs_from_it =
      report.config.backend == Config::BackendKind::Overlay && layout.root() == "/";
  if (!runs_from_it) return;
  const auto paths = watched_paths(Store(disk, layout), layout.root(), "",
                                   report.active ? &*report.active : nullptr);
  auto findings =
      running::look({.proc = "/proc", .root = layout.root(), .except = ::getpid()}, paths);
  if (findings) report.running = std::move(*findings);
}

std::vector<KnownAdvisory> known_advisories(const Report& report) {
  std::vector<KnownAdvisory> all;
  for (const auto* const improved : {&report.active, &report.waiting}) {
    if (!*improved) continue;
    for (const improvement::Advisory& each : (*improved)->manifest.advisories) {
      const bool known = std::ranges::any_of(
          all, [&](const KnownAdvisory& one) { return one.advisory->id == each.id; });
      if (!known) all.push_back({&**improved, &each});
    }
  }
  return all;
}

std::vector<ComponentState> known_components(const Report& report) {
  if (!report.active && !report.waiting) return report.record.skipped;
  if (!report.active) return report.waiting->generation.components;
  std::vector<ComponentState> all = report.active->generation.components;
  if (!report.waiting) return all;
  std::ranges::copy_if(
      report.waiting->generation.components, std::back_inserter(all),
      [](const ComponentState& each) { return each.standing == Standing::Waiting; });
  return all;
}

std::vector<running::Process> old_code(const Report& report) {
  std::vector<running::Process> all;
  if (!report.running) return all;
  std::ranges::copy_if(report.running->processes, std::back_inserter(all),
                       [](const running::Process& each) { return !each.old.empty(); });
  return all;
}

json::Value to_json(const Report& report) {
  const Why reason = why(report.record.state);
  json::Value list = json::Value::array();
  for (const ComponentState& each : known_components(report)) list.push_back(to_json(each));
  json::Value value = {
      {"platform", report.config.platform},
      {"baseline", report.config.baseline_version},
      {"source", report.config.source},
      {"letter", report.active ? json::Value(report.active->generation.letter) : json::Value()},
      {"state", name_of(report.record.state)},
      {"reason", or_null(reason.text)},
      {"reason_code", or_null(reason.code)},
      {"active_tree", report.active_tree},
      {"components", std::move(list)},
      {"advisories", advisories(report)},
      {"available", or_null(report.record.available)},
      {"automatic", report.settings.automatic},
      {"last_poll", or_null(report.record.polls.last)},
      {"last_verified_poll", or_null(report.record.polls.verified)},
      {"next_poll", or_null(report.record.polls.next)},
      {"last_error", or_null(report.record.last_error)},
      {"warning", or_null(report.warning)},
      {"published_at", nullptr},
      {"requested_at", nullptr},
      {"active_at", nullptr},
      {"seconds_to_active", nullptr},
      {"bytes_received", nullptr},
      {"payload_bytes", nullptr}};
  if (report.running) {
    value["old_code"] = to_json(old_code(report));
    value["processes"] = {{"looked_at", report.running->looked_at},
                          {"elsewhere", report.running->elsewhere},
                          {"unreadable", report.running->unreadable}};
  }
  if (!report.activation) return value;
  value["published_at"] = or_null(report.activation->published_at);
  value["requested_at"] = sys::to_text(report.activation->requested_at);
  value["active_at"] = sys::to_text(report.activation->active_at);
  value["seconds_to_active"] = static_cast<double>(report.activation->milliseconds) / 1000;
  value["bytes_received"] = report.activation->bytes_received;
  value["payload_bytes"] = report.activation->payload_bytes;
  return value;
}

std::string to_text(const Report& report) {
  std::string text = report.config.platform + " " + report.config.baseline_version;
  if (report.active) text += " (" + report.active->generation.letter + ")";
  text += "\n" + fixes(report);
  for (const ComponentState& each : known_components(report)) text += "  " + describe(each) + "\n";
  if (const auto old = old_code(report); !report.active && !old.empty()) {
    text += "  STILL RUNNING what was taken off: " + sum_up(old) + "\n";
  }
  if (report.running && report.running->elsewhere > 0) {
    text += fmt::format("  {} processes have another root directory (containers): not looked at\n",
                        report.running->elsewhere);
  }
  if (report.activation) {
    text += fmt::format("  on since {}; {} bytes received, of these payload {}\n",
                        sys::to_text(report.activation->active_at),
                        report.activation->bytes_received, report.activation->payload_bytes);
  }
  const Why reason = why(report.record.state);
  text += fmt::format("  {}{}\n", name_of(report.record.state),
                      reason.text.empty() ? "" : ": " + reason.text);
  if (!report.record.available.empty()) {
    text += fmt::format("  available: ({})\n", report.record.available);
  }
  text += fmt::format("  install automatically: {}\n", report.settings.automatic ? "on" : "off");
  if (report.record.polls.last) {
    text += fmt::format("  last asked {}", sys::to_text(*report.record.polls.last));
    if (report.record.polls.next) {
      text += fmt::format(", next {}", sys::to_text(*report.record.polls.next));
    }
    text += "\n";
  }
  if (!report.record.last_error.empty() && report.record.last_error != reason.text) {
    text += "  last error: " + report.record.last_error + "\n";
  }
  if (!report.warning.empty()) text += "  warning: " + report.warning + "\n";
  text.pop_back();
  return text;
}

}  // namespace interlude::device
