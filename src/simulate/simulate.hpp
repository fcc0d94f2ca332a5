#pragma once
// A rollout before it happens: many devices with clocks, moods and failures of their own, each
// deciding by the very function that real ones use.
//
// A device polls with the agent's jitter, some devices are on for part of the day only, and some
// installations fail and go back by themselves. What the publisher says changes at given moments.

#include <cstdint>
#include <functional>
#include <vector>

#include "rollout/publisher.hpp"
#include "rollout/schedule.hpp"

namespace interlude::simulate {

using std::chrono::minutes;
using std::chrono::seconds;

/// From `after` the start on, the publisher says `entry`.
struct Word {
  minutes after{0};
  rollout::Entry entry;
};

struct Scenario {
  rollout::Schedule schedule;
  std::vector<Word> words;  ///< in order; the first is at or before the start
  std::uint64_t devices = 1'000'000;
  seconds poll = std::chrono::hours(1);  ///< a sixth more or less
  double part_time = 0;                  ///< the share of devices that are on for `hours_on` a day
  std::chrono::hours hours_on{8};
  double failing = 0;  ///< the share of installations that fail and go back by themselves
  minutes length = std::chrono::hours(60);
  minutes resolution{10};
  std::uint64_t seed = 1;
};

/// Numbers of devices at one moment.
struct Point {
  minutes after{0};
  rollout::BasisPoints planned = 0;  ///< by the schedule and what the publisher said
  std::uint64_t eligible = 0;        ///< whose turn has come
  std::uint64_t active = 0;          ///< that have it on
  std::uint64_t exposed = 0;         ///< that have had it on, or tried to
};

struct Curve {
  std::uint64_t devices = 0;
  std::vector<Point> points;
};

/// The same for the same scenario, on every machine. `go_on` hears the share done; false stops
/// (Cancelled). Cost: some microseconds a device.
Result<Curve> run(const Scenario& scenario, const std::function<bool(double)>& go_on);

}  // namespace interlude::simulate
