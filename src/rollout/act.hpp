#pragma once
// What a publisher may do to a rollout, as functions from one entry to the next. The device bounds
// what it believes of an entry (ramp.hpp); here the honest ones are made.

#include <optional>

#include "rollout/decide.hpp"

namespace interlude::rollout {

/// Begins now: time that has passed since the schedule's start is shifted away. Conflict where it
/// has begun, unless it is paused or withdrawn (said so).
Result<Entry> start(const Schedule& schedule, const std::optional<Entry>& before, sys::Time now);
/// Conflict unless it runs.
Result<Entry> pause(const std::optional<Entry>& before, const std::string& reason, sys::Time now);
/// The time that it was paused is added to the shift. Conflict unless it is paused.
Result<Entry> resume(const std::optional<Entry>& before, sys::Time now);
/// `before` may be nothing: also what never ran can be withdrawn. Conflict where it is withdrawn
/// with the same `after` already.
Result<Entry> withdraw(const std::optional<Entry>& before, After after, const std::string& reason,
                       sys::Time now);
/// Lets in at most `ceiling` from now on. Conflict where it is withdrawn or has not begun.
Result<Entry> limit(const std::optional<Entry>& before, BasisPoints ceiling);
/// The urgent ramp from now on, never below what was reached: for the key that signed the schedule,
/// since nothing that an online key says makes a rollout faster.
Schedule expedited(const Schedule& schedule, const Entry& entry, sys::Time now);

/// The share that may have it at `now`, at most: what the schedule let in until it was stopped.
BasisPoints reached(const Improvement& improvement, const std::optional<Entry>& entry,
                    sys::Time now);

}  // namespace interlude::rollout
