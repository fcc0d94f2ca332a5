#pragma once
// One poll and all that follows from its answer.

#include <optional>

#include "device/changeover.hpp"
#include "device/circumstances.hpp"
#include "device/config.hpp"
#include "device/decide.hpp"
#include "device/installation.hpp"
#include "device/intake.hpp"
#include "sys/random.hpp"

namespace interlude::device {

class Attempt {
 public:
  /// All are borrowed.
  struct Parts {
    sys::FileSystem& disk;
    sys::Clock& clock;
    sys::Random& random;
    Source& source;
    const Config& config;
    const Circumstances& circumstances;
    Store& store;
    Backend& backend;
    Memory& memory;
    Journal& journal;
    Changeover& changeover;
    ProgressListener progress;
  };

  Attempt(Parts parts, const Request& request);

  /// From a resting state to a resting state. Errors: as Agent::run.
  Status run();

 private:
  Result<Polling> begin();
  Result<Situation> ask();
  Result<std::optional<Improved>> read_active() const;
  Result<Situation> situation();
  rollout::Device device_now(const Settings& settings) const;
  Status follow(const Polling& now, const Situation& seen);
  /// Decides. Whether the connection is metered is asked only where the answer depends on it.
  Result<Outlook> look(const Situation& seen) const;
  template <class S>
  Status rest(const S& now, const Hold& hold);
  Status rest(const Polling& now, const Verdict& verdict);
  Status go_back(const Polling& now, const Situation& situation, const GoBack& verdict);
  std::optional<Plan> older_good_one(const Situation& situation) const;
  Status activate(const Staged& now);
  Status ask_again(const Staged& now);
  Status turn_down(const Polling& now, const Situation& situation, const Error& error);
  Status install(const Polling& now, const Situation& situation, const improvement::Letter& letter);
  /// A letter that was on here before must still be the same.
  Status check_identity(const improvement::Letter& letter) const;
  Holds holds() const;
  Status wait_as_a_whole(const Polling& now, const improvement::Letter& letter,
                         const std::string& why);
  Status put_on(const Polling& now, const Plan& plan, const Composition& composition);
  Status nothing_applies(const Polling& now, const Composition& composition);
  Status change_to(const Polling& now, const Plan& plan, const Composition& composition);
  Result<Staged> stage(const Polling& now, const Plan& plan, const Composition& composition);
  bool is_ready(const Plan& plan, const Composition& composition);
  std::optional<Plan> older_one_here() const;
  Status give_up(const Polling& now, const Error& error);
  Status note_failure(const Error& error);
  void note_answer(const Situation& situation);
  void note_next_look();
  void plan_next_poll(std::optional<sys::Time> wake = {});
  bool is_recent() const;
  Plan plan_for(const Composition& composition, const Offer& offer,
                const Situation& situation) const;

  Parts parts_;
  Request request_;
  Intake intake_;
  std::string prefix_;
  sys::Time asked_at_;
  std::chrono::nanoseconds asked_at_steady_{0};
  std::string current_;             ///< the generation that is on
  std::optional<Improved> active_;  ///< the same, unless it is the baseline
  Listing listing_;
};

}  // namespace interlude::device
