// `interlude rollout`: how fast what is published reaches devices, and stopping it.

#include <fmt/format.h>

#include <memory>

#include "cli/rollout_session.hpp"
#include "json/json.hpp"
#include "rollout/exposure.hpp"

namespace interlude::cli {
namespace {

using repository::Rollout;
using rollout::Entry;

constexpr std::string_view kNewsWithin =
    "; devices learn of it at their next poll, and ask again before they switch anything on that "
    "they were told to more than 10 minutes ago";

/// What the schedule and `entry` let in from `now` on: "at most 1 % in an hour, 5 % in 4 hours, …".
std::string course(const Rollout& one, const Entry& entry, sys::Time now) {
  if (!one.improvement.schedule) return "";
  std::string text;
  rollout::BasisPoints last = rollout::reached(one.improvement, entry, now);
  for (const int hours : {1, 4, 12, 24, 48}) {
    const auto share = rollout::reached(one.improvement, entry, now + std::chrono::hours(hours));
    if (share == last) continue;
    last = share;
    text += fmt::format("{}{} in {} h", text.empty() ? "" : ", ", rollout::percent(share), hours);
  }
  return text.empty() ? "nobody else in the next two days" : "at most " + text;
}

/// An act that makes one entry of another, for each improvement that is named.
template <class Step>
RolloutAct each(Step step) {
  return [step](const std::vector<Rollout>& chosen, sys::Time now) -> Result<RolloutChange> {
    RolloutChange change;
    for (const Rollout& one : chosen) {
      Result<Entry> entry = step(one, now);
      if (!entry) return std::unexpected(entry.error().during(one.improvement.id));
      change.entries.emplace(one.improvement.id, *entry);
      change.preview.push_back(
          fmt::format("{} {}", rollout::name_of(entry->progress), reached_text(one, now)));
      const std::string from_now_on = course(one, *entry, now);
      if (!from_now_on.empty()) change.preview.push_back("  from now on: " + from_now_on);
    }
    change.preview.push_back("Nobody is sped up by this" + std::string(kNewsWithin) + ".");
    return change;
  };
}

Result<Entry> start_one(const Rollout& one, sys::Time now) {
  if (!one.improvement.schedule) {
    return fail(ErrorKind::Conflict,
                "it has no schedule: it was published for all devices at once");
  }
  return rollout::start(*one.improvement.schedule, one.entry, now);
}

Result<RolloutChange> expedite(const std::vector<Rollout>& chosen, sys::Time now) {
  RolloutChange change;
  for (const Rollout& one : chosen) {
    if (!one.improvement.schedule || !one.entry) {
      return fail(ErrorKind::Conflict, one.improvement.id + ": its rollout has not begun");
    }
    const auto faster = rollout::expedited(*one.improvement.schedule, *one.entry, now);
    change.lists.push_back(repository::schedule_update(one, faster));
    if (one.entry->ceiling != rollout::kEverybody) {
      auto entry = rollout::limit(one.entry, rollout::kEverybody);
      if (!entry) return std::unexpected(entry.error().during(one.improvement.id));
      change.entries.emplace(one.improvement.id, *entry);
    }
    change.preview.push_back(reached_text(one, now) + "; from now on " + rollout::describe(faster));
  }
  change.preview.emplace_back(
      "Faster than it was signed for: this needs the key of the platform's list.");
  return change;
}

// --- status

std::string state_text(const Rollout& one) {
  if (one.improvement.recall) return "recalled: " + one.improvement.recall->reason;
  if (!one.entry) return one.required ? "not begun" : "for all devices at once";
  std::string text(rollout::name_of(one.entry->progress));
  if (one.entry->progress == rollout::Progress::Withdrawn) {
    text +=
        one.entry->after == rollout::After::Revert ? ", to be taken back" : ", kept where it is";
  }
  if (!one.entry->reason.empty()) text += ": " + one.entry->reason;
  return text;
}

json::Value to_json(const Rollout& one, sys::Time now) {
  json::Value value = {{"id", one.improvement.id},
                       {"required", one.required},
                       {"published_at", sys::to_text(one.improvement.published_at)},
                       {"reached_bp", rollout::reached(one.improvement, one.entry, now)},
                       {"schedule", nullptr},
                       {"rollout", nullptr},
                       {"recall", nullptr}};
  if (one.improvement.schedule) value["schedule"] = rollout::to_json(*one.improvement.schedule);
  if (one.entry) value["rollout"] = rollout::to_json(*one.entry);
  if (one.improvement.recall) value["recall"] = rollout::to_json(*one.improvement.recall);
  return value;
}

void print(const Invocation& run, const Rollout& one, sys::Time now) {
  run.print(one.improvement.id + "  " + state_text(one));
  if (!one.improvement.schedule) return;
  const rollout::Schedule& schedule = *one.improvement.schedule;
  run.print(
      fmt::format("  since {}: {}", sys::to_text(schedule.start), rollout::describe(schedule)));
  if (!one.entry) return;
  run.print(fmt::format("  at most {} of devices have it{}",
                        rollout::percent(rollout::reached(one.improvement, one.entry, now)),
                        one.entry->shift.count() == 0
                            ? ""
                            : "; " + rollout::describe(std::chrono::seconds(one.entry->shift)) +
                                  " later than planned"));
}

Status show(const Invocation& run, const Path& directory) {
  const auto session = RepoSession::look(directory);
  if (!session) return std::unexpected(session.error());
  const auto contents = (*session)->repository->contents();
  if (!contents) return std::unexpected(contents.error());
  const auto all = repository::rollouts_of(*contents);
  if (!all) return std::unexpected(all.error());
  const sys::Time now = (*session)->clock.now();
  const auto word = contents->lists.find(std::string(tuf::kRolloutRole));
  const bool speaks = repository::is_speaking(*contents);
  if (run.json()) {
    json::Value list = json::Value::array();
    for (const Rollout& one : *all) list.push_back(to_json(one, now));
    run.print(json::Value{
        {"improvements", std::move(list)},
        {"expires", speaks ? json::Value(sys::to_text(word->second->expires)) : json::Value()}});
    return {};
  }
  for (const Rollout& one : *all) print(run, one, now);
  if (speaks) {
    run.print(fmt::format("signed as of {}, valid until {}; `interlude repo refresh` renews it",
                          word->second->extra.at("as_of").get<std::string>(),
                          sys::to_text(word->second->expires)));
  }
  return {};
}

// --- plan

struct PlanOptions {
  std::string profile = "normal";
  unsigned poll_minutes = 60;
  std::vector<double> hours = {0.5, 1, 1.5, 2, 4, 8, 12, 24, 36};
};

Status plan(const Invocation& run, const PlanOptions& options) {
  const auto urgency = rollout::parse_urgency(options.profile);
  if (!urgency) return std::unexpected(urgency.error().during("--profile"));
  const auto schedule = rollout::profile(*urgency, sys::Time());
  json::Value rows = json::Value::array();
  if (!run.json()) {
    run.print(
        fmt::format("{}; polls every {} min", rollout::describe(schedule), options.poll_minutes));
    run.print("  noticed after   at most   expected");
  }
  rollout::Exposure last;
  for (const double hours : options.hours) {
    const auto noticed = std::chrono::seconds(static_cast<std::int64_t>(hours * 3600));
    last = rollout::exposure(schedule, noticed, std::chrono::minutes(options.poll_minutes));
    rows.push_back({{"noticed_seconds", noticed.count()},
                    {"at_most_bp", last.at_most},
                    {"expected_bp", last.expected}});
    if (run.json()) continue;
    run.print(fmt::format("  {:>13} {:>9} {:>10}", rollout::describe(noticed),
                          rollout::percent(last.at_most), rollout::percent(last.expected)));
  }
  if (run.json()) {
    run.print(json::Value{{"schedule", rollout::to_json(schedule)},
                          {"exposure", std::move(rows)},
                          {"stops_seconds", last.stops.count()},
                          {"goes_back_seconds", last.goes_back.count()}});
    return {};
  }
  run.print(
      fmt::format("After a pause nobody new begins beyond {}; after a withdrawal with "
                  "--revert the last that polls has gone back within {}.",
                  rollout::describe(last.stops), rollout::describe(last.goes_back)));
  return {};
}

// --- commands

void define_status_and_plan(CLI::App& rollout, Invocation& run) {
  const auto directory = std::make_shared<Path>();
  CLI::App& status = *rollout.add_subcommand("status", "Show every rollout and what it reached");
  status.add_option("REPO", *directory, "The repository's folder")->required();
  run.add_json_option(status);
  run.on_run(status, "interlude rollout status /srv/improvements",
             [&run, directory] { return show(run, *directory); });

  const auto options = std::make_shared<PlanOptions>();
  CLI::App& planning = *rollout.add_subcommand(
      "plan", "Compute which share of devices a fault reaches before somebody notices");
  planning.add_option("--profile", options->profile, "normal or urgent");
  planning.add_option("--poll-minutes", options->poll_minutes, "How often devices poll")
      ->check(CLI::Range(1, 10080));
  planning.add_option("--noticed-after", options->hours, "Hours after the start; several are rows")
      ->check(CLI::Range(0.0, 2160.0))
      ->delimiter(',');
  run.add_json_option(planning);
  run.on_run(planning, "interlude rollout plan --profile urgent --noticed-after 1.5",
             [&run, options] { return plan(run, *options); });
}

template <class MakeAct>
void define_act(CLI::App& rollout, Invocation& run, const char* name, const char* what,
                bool takes_reason, MakeAct make_act) {
  struct Options : RolloutOptions {
    std::string reason;
    double percent = 0;
  };
  const auto options = std::make_shared<Options>();
  CLI::App& command = *rollout.add_subcommand(name, what);
  add_rollout_options(command, run, *options);
  if (takes_reason) {
    command.add_option("--reason", options->reason, "Why, for people: devices show it")->required();
  }
  if (std::string_view(name) == "limit") {
    command.add_option("--percent", options->percent, "Of all devices, at most")
        ->required()
        ->check(CLI::Range(0.0, 100.0));
  }
  run.on_run(
      command,
      fmt::format("interlude rollout {} /srv/improvements 12.11/a{}", name,
                  takes_reason                        ? " --reason \"crashes\""
                  : std::string_view(name) == "limit" ? " --percent 10"
                                                      : ""),
      [&run, options, make_act] { return change_rollouts(run, *options, make_act(*options)); });
}

}  // namespace

void define_rollout(CLI::App& app, Invocation& run) {
  CLI::App& rollout = *app.add_subcommand(
      "rollout", "Begin, watch, pause and resume how what is published reaches devices");
  rollout.require_subcommand(1);
  define_status_and_plan(rollout, run);
  define_act(rollout, run, "start", "Begin the rollout of what was published with --hold", false,
             [](const auto&) { return each(start_one); });
  define_act(rollout, run, "pause", "Let nobody new have it until it is resumed", true,
             [](const auto& options) {
               return each([reason = options.reason](const Rollout& one, sys::Time now) {
                 return rollout::pause(one.entry, reason, now);
               });
             });
  define_act(rollout, run, "resume", "Go on where it was paused", false, [](const auto&) {
    return each([](const Rollout& one, sys::Time now) { return rollout::resume(one.entry, now); });
  });
  define_act(rollout, run, "limit", "Let in at most a share of devices for now", false,
             [](const auto& options) {
               const auto ceiling = static_cast<rollout::BasisPoints>(options.percent * 100 + 0.5);
               return each([ceiling](const Rollout& one, sys::Time) {
                 return rollout::limit(one.entry, ceiling);
               });
             });
  define_act(rollout, run, "expedite", "Go on urgently: for everybody within three hours", false,
             [](const auto&) { return RolloutAct(expedite); });
}

}  // namespace interlude::cli
