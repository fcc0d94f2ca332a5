// `interlude simulate`: a rollout before it happens.

#include <fmt/format.h>

#include <memory>

#include "cli/command.hpp"
#include "json/json.hpp"
#include "simulate/draw.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::cli {
namespace {

constexpr std::size_t kColumns = 72;
constexpr std::size_t kRows = 17;
constexpr std::uint32_t kPictureMode = 0644;

struct SimulateOptions {
  std::string profile = "normal";
  std::uint64_t devices = 1'000'000;
  unsigned poll_minutes = 60;
  double hours = 60;
  double part_time_percent = 0;
  unsigned hours_on = 8;
  double failing_percent = 0;
  double pause_after = -1;
  double resume_after = -1;
  double withdraw_after = -1;
  bool revert = false;
  std::uint64_t seed = 1;
  Path svg;
};

simulate::minutes minutes_of(double hours) {
  return simulate::minutes(static_cast<std::int64_t>(hours * 60 + 0.5));
}

Result<simulate::Scenario> scenario_of(const SimulateOptions& options) {
  const auto urgency = rollout::parse_urgency(options.profile);
  if (!urgency) return std::unexpected(urgency.error().during("--profile"));
  simulate::Scenario scenario;
  const sys::Time start(std::chrono::hours(500'000));
  scenario.schedule = rollout::profile(*urgency, start);
  scenario.devices = options.devices;
  scenario.poll = std::chrono::minutes(options.poll_minutes);
  scenario.length = minutes_of(options.hours);
  scenario.part_time = options.part_time_percent / 100;
  scenario.hours_on = std::chrono::hours(options.hours_on);
  scenario.failing = options.failing_percent / 100;
  scenario.seed = options.seed;
  rollout::Entry entry;
  entry.since = start;
  scenario.words.push_back({simulate::minutes(0), entry});
  if (options.pause_after >= 0) {
    entry.progress = rollout::Progress::Paused;
    entry.since = start + minutes_of(options.pause_after);
    scenario.words.push_back({minutes_of(options.pause_after), entry});
  }
  if (options.resume_after >= 0) {
    if (options.pause_after < 0 || options.resume_after <= options.pause_after) {
      return fail(ErrorKind::Invalid, "--resume-after: needs an earlier --pause-after");
    }
    entry.progress = rollout::Progress::Running;
    entry.shift = minutes_of(options.resume_after - options.pause_after);
    scenario.words.push_back({minutes_of(options.resume_after), entry});
  }
  if (options.withdraw_after >= 0) {
    if (minutes_of(options.withdraw_after) < scenario.words.back().after) {
      return fail(ErrorKind::Invalid, "--withdraw-after: expected the last event");
    }
    entry.progress = rollout::Progress::Withdrawn;
    entry.since = start + minutes_of(options.withdraw_after);
    entry.after = options.revert ? rollout::After::Revert : rollout::After::Keep;
    scenario.words.push_back({minutes_of(options.withdraw_after), entry});
  } else if (options.revert) {
    return fail(ErrorKind::Invalid, "--revert: needs --withdraw-after");
  }
  return scenario;
}

json::Value to_json(const simulate::Curve& curve) {
  json::Value points = json::Value::array();
  for (const simulate::Point& each : curve.points) {
    points.push_back({{"minutes", each.after.count()},
                      {"planned_bp", each.planned},
                      {"eligible", each.eligible},
                      {"active", each.active},
                      {"exposed", each.exposed}});
  }
  return {{"devices", curve.devices}, {"points", std::move(points)}};
}

std::string title_of(const SimulateOptions& options) {
  std::string title = fmt::format("A {} rollout to {} devices that poll every {} min",
                                  options.profile, options.devices, options.poll_minutes);
  if (options.pause_after >= 0) title += fmt::format(", paused after {:g} h", options.pause_after);
  if (options.withdraw_after >= 0) {
    title += fmt::format(", withdrawn after {:g} h", options.withdraw_after);
  }
  return title;
}

Status simulate_it(const Invocation& run, const SimulateOptions& options) {
  const auto scenario = scenario_of(options);
  if (!scenario) return std::unexpected(scenario.error());
  sys::posix::FileSystem disk;
  if (!options.svg.empty() && !sys::exists(disk, parent_of(options.svg))) {
    return fail(ErrorKind::NotFound, "--svg: there is no folder " + parent_of(options.svg));
  }
  if (!options.svg.empty()) {
    const Status free = sys::check_replaceable(disk, options.svg);
    if (!free) return std::unexpected(free.error().during("--svg"));
  }
  Progress progress = run.progress("simulating");
  const auto curve = simulate::run(*scenario, [&](double share) { return progress.update(share); });
  if (!curve) return std::unexpected(curve.error());
  (void)progress.update(1);
  if (!options.svg.empty()) {
    const std::string svg = simulate::to_svg(*curve, title_of(options));
    const Status written = sys::replace_file(disk, options.svg, as_bytes(svg), kPictureMode);
    if (!written) return std::unexpected(written.error().during("--svg"));
  }
  if (run.json()) {
    run.print(to_json(*curve));
    return {};
  }
  run.print(title_of(options));
  run.print(simulate::to_text(*curve, kColumns, kRows));
  const simulate::Point& last = curve->points.back();
  run.print(fmt::format("in the end: {} active, {} ever had it on, of {}", last.active,
                        last.exposed, curve->devices));
  return {};
}

}  // namespace

void define_simulate(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "simulate", "Run many simulated devices through a rollout and draw the curve");
  const auto options = std::make_shared<SimulateOptions>();
  const auto hours = CLI::Range(0.0, 2160.0);
  const auto percent = CLI::Range(0.0, 100.0);
  command.add_option("--profile", options->profile, "normal or urgent");
  command.add_option("--devices", options->devices, "How many")->check(CLI::Range(1, 100'000'000));
  command
      .add_option("--poll-minutes", options->poll_minutes,
                  "How often they poll, a sixth more or less")
      ->check(CLI::Range(1, 10080));
  command.add_option("--hours", options->hours, "How long to watch")
      ->check(CLI::Range(1.0, 2160.0));
  command
      .add_option("--part-time", options->part_time_percent,
                  "Percent of devices that are on for part of the day only")
      ->check(percent);
  command.add_option("--hours-on", options->hours_on, "How long those are on a day")
      ->check(CLI::Range(1, 24));
  command
      .add_option("--failing", options->failing_percent,
                  "Percent of installations that fail and go back by themselves")
      ->check(percent);
  command.add_option("--pause-after", options->pause_after, "Hours after the start")->check(hours);
  command.add_option("--resume-after", options->resume_after, "Hours after the start")
      ->check(hours);
  command.add_option("--withdraw-after", options->withdraw_after, "Hours after the start")
      ->check(hours);
  command.add_flag("--revert", options->revert, "The withdrawal takes it back");
  command.add_option("--seed", options->seed, "Other devices");
  command.add_option("--svg", options->svg, "Draw the curve into this file, too")
      ->type_name("FILE");
  run.add_json_option(command);
  run.on_run(command, "interlude simulate --withdraw-after 5 --revert --svg curve.svg",
             [&run, options] { return simulate_it(run, *options); });
}

}  // namespace interlude::cli
