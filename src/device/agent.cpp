#include "device/agent.hpp"

#include <algorithm>
#include <utility>

#include "device/recheck.hpp"
#include "device/rest.hpp"
#include "device/schedule.hpp"

namespace interlude::device {
namespace {

/// How long a generation is watched where nothing else is configured.
constexpr std::chrono::minutes kUsualProbation{10};
/// How often is looked whether a package manager has ended.
constexpr std::chrono::minutes kLookAtLease{1};

}  // namespace

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
      supervision_({store_, *backend_, world.workload != nullptr ? *world.workload : no_workload_,
                    world.source, circumstances_.restarts, circumstances_.probes, layout.root(),
                    config.tree}),
      changeover_(
          {world.disk, world.clock, store_, *backend_, memory_, journal_, supervision_, config.tree,
           config.probation.value_or(supervision_.is_live() ? kUsualProbation
                                                            : std::chrono::minutes(0))},
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
  if (const Status heeded = changeover_.heed_guard(); !heeded) {
    return std::unexpected(heeded.error());
  }
  const State stored = journal_.record().state;
  const State state = resume(stored, *current);
  // A look at a generation on probation is no interruption: it is what was planned.
  const bool interrupted = state != stored || !(is_resting(state) || is_watching(state));
  journal_.record().state = state;
  if (!is_resting(state)) {
    // Why it failed, if it does, is in the record; a start is not refused for it.
    (void)finish(state);
  }
  // Where it cannot be done now, the next start tries again, and status says what is seen.
  (void)look_again();
  if (is_resting(journal_.record().state)) {
    if (const Status adopted = changeover_.adopt_pending(); !adopted) {
      return std::unexpected(adopted.error());
    }
  }
  if (const Status shown = changeover_.publish_version(); !shown) {
    return std::unexpected(shown.error());
  }
  if (const Status cleaned = changeover_.clean_up(); !cleaned) {
    return std::unexpected(cleaned.error());
  }
  return interrupted;
}

Status Agent::look_again() {
  if (backend_->is_aside()) return {};
  const State& state = journal_.record().state;
  if (!is_resting(state) && !std::holds_alternative<Probation>(state)) return backend_->settle();
  const auto current = backend_->current();
  if (!current) return std::unexpected(current.error());
  const Status waits = changeover_.look_at_pending();
  const Status looked = backend_->is_disturbed(*current) ? look_at(*current) : backend_->settle();
  if (!waits || !looked) return looked ? waits : looked;
  const Status answered = world_.disk.remove(store_.layout().recheck());
  return answered || answered.error().kind() == ErrorKind::NotFound ? Status() : answered;
}

/// The system may have changed files below generation `id`, which is on.
Status Agent::look_at(const std::string& id) {
  const auto improved = store_.generation(id);
  if (!improved) return std::unexpected(improved.error());
  auto fitting = changeover_.judge(id, *improved);
  if (!fitting) return std::unexpected(fitting.error());
  if (*fitting == improved->generation) {
    const auto why = world_.disk.read(store_.layout().recheck(), overlay::kAfterBoot.size());
    const bool was_in_sight = why && as_text(*why) == overlay::kAfterBoot;
    const Status shown = backend_->settle();
    // What started while the bare baseline was in sight runs old code.
    if (shown && !was_in_sight) supervision_.after_going_back(id, {});
    return shown;
  }
  if (const auto* const probation = std::get_if<Probation>(&journal_.record().state)) {
    // Nothing is left to watch of what the system itself has changed.
    const auto committed = journal_.enter(next(*probation, Healthy{}));
    if (!committed) return std::unexpected(committed.error());
  }
  return retire(id, {std::move(*fitting), improved->manifest}, improved->generation);
}

/// From generation `current`, which does not fit its baseline any more, to what of it does.
Status Agent::retire(const std::string& current, const Improved& fitting,
                     const Generation& before) {
  Record& record = journal_.record();
  const Activation* const known = find_activation(record, current);
  Plan plan;
  plan.generation =
      fitting.generation.any_on() ? id_of(fitting.generation) : std::string(kBaseline);
  plan.previous = current;
  plan.letter = fitting.generation.letter;
  plan.content = fitting.generation.content;
  plan.declined_through = record.declined_through;
  plan.published_at = known != nullptr ? known->published_at : "";
  plan.retired = describe_retired(before, fitting.generation);
  plan.started = world_.clock.now();
  if (plan.generation == kBaseline) {
    const auto removing = from_rest(record.state, Remove{plan});
    if (!removing) return std::unexpected(removing.error());
    const auto entered = journal_.enter(*removing);
    if (!entered) return std::unexpected(entered.error());
    const Status done = changeover_.carry_on(*entered);
    journal_.record().skipped = fitting.generation.components;
    return done ? memory_.store(journal_.record()) : done;
  }
  const auto polling = from_rest(record.state, Poll{});
  if (!polling) return std::unexpected(polling.error());
  if (!store_.has_generation(plan.generation)) {
    const Status built = backend_->prepare(plan.generation, fitting);
    if (!built) return built;
  }
  const auto staged = journal_.enter(next(*polling, Ready{plan}));
  if (!staged) return std::unexpected(staged.error());
  return changeover_.carry_on(*staged);
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

Attempt Agent::attempt(const Request& request) {
  return Attempt({world_.disk, world_.clock, world_.random, world_.source, config_, circumstances_,
                  store_, *backend_, memory_, journal_, changeover_, supervision_, progress_},
                 request);
}

Status Agent::run(const Request& request) {
  if (const Status in_sight = backend_->check_in_sight(); !in_sight) return in_sight;
  if (const auto* const probation = std::get_if<Probation>(&journal_.record().state)) {
    // One change at a time: what is watched is judged before anything new.
    if (request.kind != Request::Kind::Install) return {};
    return fail(ErrorKind::Unavailable,
                "(" + probation->plan.letter + ") was switched on just now and is watched until " +
                    sys::to_text(probation->until.value_or(world_.clock.now())) +
                    "; ask again then");
  }
  return attempt(request).run();
}

Result<std::optional<Forecast>> Agent::forecast(Request request) {
  request.kind = Request::Kind::Install;
  request.forecast_only = true;
  Attempt looking = attempt(request);
  if (const Status looked = looking.run(); !looked) return std::unexpected(looked.error());
  return looking.forecast();
}

Status Agent::check_boot() {
  return supervision_.check_boot(journal_.record().watched_units);
}

Result<running::Findings> Agent::look() {
  const auto current = backend_->current();
  if (!current) return std::unexpected(current.error());
  if (*current == kBaseline) return supervision_.look(nullptr);
  const auto improved = store_.generation(*current);
  if (!improved) return std::unexpected(improved.error());
  return supervision_.look(&*improved);
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
  const auto* const probation = std::get_if<Probation>(&journal_.record().state);
  const auto removing = probation != nullptr ? Result<Removing>(next(*probation, Remove{plan}))
                                             : from_rest(journal_.record().state, Remove{plan});
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
  // Who comes back after a package manager wakes the agent; unless it was killed with that.
  if (backend_->is_leased()) return std::min<seconds>(kLookAtLease, config_.poll_interval);
  if (backend_->is_aside()) return config_.poll_interval;  // until the machine starts anew
  if (const auto* const probation = std::get_if<Probation>(&journal_.record().state)) {
    return changeover_.until_look(*probation);
  }
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
