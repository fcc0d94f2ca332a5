// `interlude withdraw`: nobody new gets it; with --revert, devices that have it go back.

#include <fmt/format.h>

#include <memory>

#include "cli/rollout_session.hpp"

namespace interlude::cli {
namespace {

using repository::Rollout;

struct WithdrawOptions : RolloutOptions {
  std::string reason;
  bool revert = false;
  bool keep = false;
};

/// Whether devices would go back on the online key's word, at `now`.
bool is_in_window(const Rollout& one, sys::Time now) {
  return one.improvement.schedule && one.improvement.schedule->revert_until &&
         now < *one.improvement.schedule->revert_until;
}

std::string goes_back_text(const Rollout& one, sys::Time now) {
  if (is_in_window(one, now)) {
    return fmt::format("devices that have it go back until {}, each within one poll, over an hour",
                       sys::to_text(*one.improvement.schedule->revert_until));
  }
  return "it is recalled with the key of the platform's list: devices that have it go back, each "
         "within one poll, over an hour";
}

RolloutAct withdrawal(const WithdrawOptions& options) {
  return [options](const std::vector<Rollout>& chosen, sys::Time now) -> Result<RolloutChange> {
    RolloutChange change;
    const auto after = options.revert ? rollout::After::Revert : rollout::After::Keep;
    for (const Rollout& one : chosen) {
      const auto entry = rollout::withdraw(one.entry, after, options.reason, now);
      const bool recalls = options.revert && !is_in_window(one, now);
      if (entry) {
        change.entries.emplace(one.improvement.id, *entry);
      } else if (!recalls || one.improvement.recall) {
        return std::unexpected(entry.error().during(one.improvement.id));
      }
      if (recalls) {
        change.lists.push_back(repository::recall_update(one, {now, after, options.reason}));
      }
      change.preview.push_back(
          fmt::format("withdrawn {}; nobody new gets it; {}", reached_text(one, now),
                      options.revert ? goes_back_text(one, now) : "devices that have it keep it"));
    }
    return change;
  };
}

Status withdraw(const Invocation& run, const WithdrawOptions& options) {
  if (options.revert == options.keep) {
    return fail(ErrorKind::Invalid,
                "withdraw: say what devices that have it do: --revert or --keep");
  }
  return change_rollouts(run, options, withdrawal(options));
}

}  // namespace

void define_withdraw(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "withdraw", "Take back what was published: nobody new gets it, and devices may go back");
  const auto options = std::make_shared<WithdrawOptions>();
  add_rollout_options(command, run, *options);
  command.add_option("--reason", options->reason, "Why, for people: devices show it")->required();
  command.add_flag("--revert", options->revert,
                   "Devices that have it go to the newest good letter they have, or the baseline");
  command.add_flag("--keep", options->keep, "Devices that have it keep it");
  run.on_run(command, "interlude withdraw /srv/improvements 12.11/b --revert --reason \"crashes\"",
             [&run, options] { return withdraw(run, *options); });
}

}  // namespace interlude::cli
