// `interlude agent` keeps a device up to date. What stays in memory is another, small program
// (cli/resident/main.cpp) that starts `interlude agent --once` whenever a poll is due, so that the
// network and cryptography libraries are there only while they are used.

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/device_session.hpp"
#include "cli/over_bus.hpp"

namespace interlude::cli {
namespace {

struct AgentOptions {
  std::string root;
  bool once = false;
  bool verbose = false;
  bool if_due = false;
  bool starting = false;
  bool new_network = false;
  bool boot_check = false;
  unsigned poll_interval_seconds = 0;
};

/// For the resident program: when to come again. Where this run was due and another is at once,
/// what it did could not be stored: that may take a while.
void print_next(const Invocation& run, device::Agent& agent, bool starting, bool was_due) {
  constexpr std::chrono::seconds kAfterTrouble{15};
  auto next = agent.until_due(starting);
  if (was_due && next == std::chrono::seconds(0)) next = kAfterTrouble;
  run.print(fmt::format("next {}", next.count()));
}

Status poll_once(const Invocation& run, const AgentOptions& wanted) {
  if (goes_over_bus(wanted.root)) return over_bus(run, {.method = bus::Call::Method::Poll});
  DeviceSession::Options options{
      .root = wanted.root, .verbose = wanted.verbose, .poll_interval = {}, .from = {}};
  if (wanted.poll_interval_seconds > 0) {
    options.poll_interval = std::chrono::seconds(wanted.poll_interval_seconds);
  }
  const auto session = DeviceSession::open(run, options);
  if (!session) return std::unexpected(session.error());
  device::Agent& agent = (*session)->agent();
  if (wanted.new_network) {
    if (const Status noted = agent.expect_network(); !noted) return noted;
  }
  const bool due = !wanted.if_due || (*session)->was_interrupted() ||
                   agent.until_due(wanted.starting) == std::chrono::seconds(0);
  Status polled;
  if (due) polled = agent.run({device::Request::Kind::Automatic, std::nullopt, {}});
  if (wanted.if_due) print_next(run, agent, wanted.starting && !due, due);
  return polled;
}

/// Tells the guard that this boot came through with what is on, if it did.
Status check_boot(const Invocation& run, const AgentOptions& wanted) {
  const auto session =
      DeviceSession::open(run, {.root = wanted.root, .poll_interval = {}, .from = {}});
  if (!session) return std::unexpected(session.error());
  if (const Status came_through = (*session)->agent().check_boot(); !came_through) {
    return came_through;
  }
  return (*session)->boot_passed();
}

/// Becomes the resident program; returns only on failure.
Status stay(const AgentOptions& wanted) {
  sys::posix::FileSystem disk;
  const auto config = device::load_config(disk, Layout(wanted.root));
  if (!config) return std::unexpected(config.error());
  const auto self = own_program();
  if (!self) return std::unexpected(self.error());
  const auto program = program_of_ours("interlude-agent");
  if (!program) return std::unexpected(program.error());
  std::vector<std::string> arguments{*program, *self, wanted.root};
  if (wanted.verbose) arguments.emplace_back("--verbose");
  if (wanted.poll_interval_seconds > 0) {
    arguments.push_back(fmt::format("--poll-interval={}", wanted.poll_interval_seconds));
  }
  return become(std::move(arguments));
}

}  // namespace

void define_agent(CLI::App& app, Invocation& run) {
  CLI::App& command = *app.add_subcommand(
      "agent", "Keep the device up to date: poll, install, switch on, by itself");
  const auto wanted = std::make_shared<AgentOptions>();
  add_root_option(command, wanted->root);
  run.add_child_option(command);
  command.add_flag("--once", wanted->once, "Poll once, do what follows, and end");
  command.add_flag("--verbose", wanted->verbose, "Print `step NAME` before each durable step");
  command
      .add_option("--poll-interval", wanted->poll_interval_seconds,
                  "Seconds between polls, instead of the configured minutes")
      ->type_name("SECONDS");
  command.add_flag("--if-due", wanted->if_due)->group("");
  command.add_flag("--starting", wanted->starting)->group("");
  command.add_flag("--new-network", wanted->new_network)->group("");
  command.add_flag("--boot-check", wanted->boot_check,
                   "Tell the guard whether this boot came through with what is on, and end");
  run.on_run(command, "interlude agent --once --verbose", [&run, wanted] {
    if (wanted->boot_check) return check_boot(run, *wanted);
    return wanted->once ? poll_once(run, *wanted) : stay(*wanted);
  });
}

}  // namespace interlude::cli
