#include "device/agent.hpp"

#include <algorithm>
#include <utility>

#include "device/rest.hpp"
#include "device/schedule.hpp"

namespace interlude::device {

Agent::Agent(World world, const Layout& layout, const Config& config, Circumstances circumstances,
             Record record, Watch watch)
    : world_(world),
      config_(config),
      circumstances_(std::move(circumstances)),
      progress_(std::move(watch.progress)),
      store_(world.disk, layout),
      backend_(make_backend(world.disk, store_, config, world.mounts)),
      memory_(world.disk, layout),
      journal_(memory_, world.source, world.clock, std::move(record), std::move(watch.step)),
      changeover_({world.disk, world.clock, store_, *backend_, memory_, journal_},
                  config.baseline_version) {}

Result<std::unique_ptr<Agent>> Agent::open(World world, const Layout& layout, const Config& config,
                                           Circumstances circumstances, Watch watch) {
  auto record = Memory(world.disk, layout).record();
  if (!record) return std::unexpected(record.error());
  Config placed = config;
  if (config.backend == Config::BackendKind::Overlay) {
    const auto pinned = world.mounts->pin();
    if (!pinned) return std::unexpected(pinned.error().during("pinning the baseline"));
    placed.tree = *pinned;
  }
  return std::unique_ptr<Agent>(new Agent(world, layout, placed, std::move(circumstances),
                                          std::move(*record), std::move(watch)));
}

Result<bool> Agent::recover() {
  if (const Status prepared = store_.prepare(); !prepared) return std::unexpected(prepared.error());
  if (const Status swept = store_.sweep(); !swept) return std::unexpected(swept.error());
  if (const Status ready = backend_->initialise(); !ready) return std::unexpected(ready.error());
  const auto current = backend_->current();
  if (!current) return std::unexpected(current.error());
  const State stored = journal_.record().state;
  const State state = resume(stored, *current);
  const bool interrupted = state != stored || !is_resting(state);
  journal_.record().state = state;
  if (!is_resting(state)) {
    // Why it failed, if it does, is in the record; a start is not refused for it.
    (void)finish(state);
  }
  // Where it cannot be done now, the next start tries again, and status says what is seen.
  (void)backend_->settle();
  if (const Status shown = changeover_.publish_version(); !shown) {
    return std::unexpected(shown.error());
  }
  if (const Status cleaned = changeover_.clean_up(); !cleaned) {
    return std::unexpected(cleaned.error());
  }
  return interrupted;
}

Status Agent::finish(const State& state) {
  return std::visit(
      [&](const auto& now) -> Status {
        if constexpr (requires { changeover_.carry_on(now); }) {
          return changeover_.carry_on(now);
        } else {
          return {};
        }
      },
      state);
}

Status Agent::run(const Request& request) {
  Attempt attempt({world_.disk, world_.clock, world_.random, world_.source, config_, circumstances_,
                   store_, *backend_, memory_, journal_, changeover_, progress_},
                  request);
  return attempt.run();
}

Result<bool> Agent::remove() {
  const auto current = backend_->current();
  if (!current) return std::unexpected(current.error());
  if (*current == kBaseline) return false;
  const auto improved = store_.generation(*current);
  const Activation* const known = find_activation(journal_.record(), *current);
  Plan plan;
  plan.generation = kBaseline;
  plan.previous = *current;
  // Also a generation whose description is damaged comes off.
  plan.declined_through = improved ? improved->generation.letter : known ? known->letter : "";
  plan.started = world_.clock.now();
  const auto removing = from_rest(journal_.record().state, Remove{plan});
  if (!removing) return std::unexpected(removing.error());
  const auto entered = journal_.enter(*removing);
  if (!entered) return std::unexpected(entered.error());
  if (const Status removed = changeover_.carry_on(*entered); !removed) {
    return std::unexpected(removed.error());
  }
  return true;
}

Status Agent::expect_network() {
  Polls& polls = journal_.record().polls;
  const sys::Time now = world_.clock.now();
  const bool is_answered = polls.last && polls.failures == 0 && *polls.last <= now &&
                           now - *polls.last < config_.poll_interval;
  if (is_answered) return {};
  polls.next = now + until_poll_on_new_network(world_.random);
  return memory_.store(journal_.record());
}

std::chrono::seconds Agent::until_due(bool starting) {
  using std::chrono::seconds;
  const Polls& polls = journal_.record().polls;
  if (!polls.last || !polls.next) return seconds(0);
  // A clock that was set back must not silence the device.
  const seconds longest = std::max<seconds>(std::chrono::hours(24), 2 * config_.poll_interval);
  const seconds left = std::clamp(*polls.next - world_.clock.now(), seconds(0), longest);
  if (left > seconds(0) || !starting) return left;
  // Machines that were switched on together do not ask together.
  return std::min(until_first_poll(world_.random), config_.poll_interval);
}

}  // namespace interlude::device
