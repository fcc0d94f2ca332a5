#pragma once
// One poll and all that follows from its answer.

#include <optional>

#include "device/changeover.hpp"
#include "device/circumstances.hpp"
#include "device/config.hpp"
#include "device/decide.hpp"
#include "device/installation.hpp"
#include "device/intake.hpp"
#include "device/waits.hpp"
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
    Supervision& supervision;
    ProgressListener progress;
  };

  Attempt(Parts parts, const Request& request);

  /// From a resting state to a resting state. Errors: as Agent::run.
  Status run();

  /// What a request with `forecast_only` found; nothing where there is nothing to install.
  const std::optional<Forecast>& forecast() const { return forecast_; }

 private:
  /// What becomes of one composition: what is on at once, and the whole of it where part must wait.
  struct Staging {
    Plan plan;
    const Improved* now = nullptr;
    const Improved* whole = nullptr;
  };
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
  Status put_on(const Polling& now, Plan plan, const Improved& whole);
  Status wait_for(const Polling& now, Plan plan, const Improved& whole,
                  const std::vector<Held>& held);
  /// What waits, if it is still wanted.
  std::optional<Improved> pending(const Situation& situation);
  Manner manner() const;
  bool waits_too_long() const;
  Status foresee(const Polling& now, const Improved& whole, const Situation& situation);
  Status nothing_applies(const Polling& now, const Composition& composition);
  Status change_to(const Polling& now, const Staging& staging);
  Result<Staged> stage(const Polling& now, const Staging& staging);
  bool is_ready(const Staging& staging);
  bool is_ready(const Improved& improved);
  std::optional<Plan> older_one_here() const;
  /// Whole, and fits the baseline still.
  bool can_be_on_again(const std::string& id) const;
  /// Of the letter that is on some components wait, and what waited does not fit any more, or is
  /// lost: what fits is to be made anew.
  bool is_missed(const Situation& seen) const;
  Status give_up(const Polling& now, const Error& error);
  Status note_failure(const Error& error);
  void note_answer(const Situation& situation);
  void note_next_look();
  void plan_next_poll(std::optional<sys::Time> wake = {});
  bool is_recent() const;
  Plan plan_for(const Improved& whole, const std::string& published_at,
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
  std::optional<Forecast> forecast_;
};

}  // namespace interlude::device
