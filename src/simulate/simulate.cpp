#include "simulate/simulate.hpp"

#include <algorithm>
#include <bit>

#include "rollout/withdrawal.hpp"

namespace interlude::simulate {
namespace {

using rollout::BasisPoints;
using sys::Time;

const std::string kId = "simulated/device/1/a";
constexpr seconds kDay = std::chrono::hours(24);
constexpr std::uint64_t kBetweenReports = 4096;

/// SplitMix64 (Steele, Lea, Flood 2014): a few instructions, and each device has its own.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  /// In [0, 1).
  double share() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
  seconds within(seconds least, seconds most) {
    const auto span = static_cast<std::uint64_t>((most - least).count()) + 1;
    return least + seconds(static_cast<std::int64_t>(next() % span));
  }

 private:
  std::uint64_t state_;
};

/// What all devices have in common, and where they are counted.
class World {
 public:
  explicit World(const Scenario& scenario) : scenario_(scenario) {
    publisher_.required = true;
    improvement_.id = kId;
    improvement_.schedule = scenario.schedule;
    improvement_.published_at = scenario.schedule.start;
    const auto bins = static_cast<std::size_t>(scenario.length / scenario.resolution) + 1;
    for (auto* counts : {&eligible_, &begun_, &on_, &off_}) counts->assign(bins + 1, 0);
  }

  void live(std::uint64_t number);
  Curve curve() const;

 private:
  using Counts = std::vector<std::uint64_t>;

  Time start() const { return scenario_.schedule.start; }
  Time end() const { return start() + scenario_.length; }
  const Word& word_at(Time now) const;
  /// When the publisher speaks next after `now`.
  Time next_word(Time now) const;
  void hear(Time now);
  void count(Counts& counts, Time when) const;
  void note_turn(BasisPoints bucket);

  const Scenario& scenario_;
  rollout::Improvement improvement_{kId, *improvement::Letter::parse("a"), "", {}, {}, {}, ""};
  rollout::Publisher publisher_;
  Counts eligible_;
  Counts begun_;
  Counts on_;
  Counts off_;
};

const Word& World::word_at(Time now) const {
  const Word* last = &scenario_.words.front();
  for (const Word& each : scenario_.words) {
    if (start() + each.after <= now) last = &each;
  }
  return *last;
}

Time World::next_word(Time now) const {
  for (const Word& each : scenario_.words) {
    if (start() + each.after > now) return start() + each.after;
  }
  return end();
}

void World::hear(Time now) {
  publisher_.known.as_of = now;
  publisher_.known.heard = now;
  publisher_.known.expires = now + rollout::kLongestLife;
  publisher_.known.entries[kId] = word_at(now).entry;
}

void World::count(Counts& counts, Time when) const {
  const auto after = std::chrono::ceil<minutes>(when - start());
  const auto bin = (after + scenario_.resolution - minutes(1)) / scenario_.resolution;
  ++counts[std::min(counts.size() - 1, static_cast<std::size_t>(std::max<std::int64_t>(bin, 0)))];
}

/// When the ramp, as the publisher let it go on, reaches this bucket.
void World::note_turn(BasisPoints bucket) {
  for (std::size_t at = 0; at < scenario_.words.size(); ++at) {
    const Word& word = scenario_.words[at];
    const Time from = start() + word.after;
    const Time until =
        at + 1 < scenario_.words.size() ? start() + scenario_.words[at + 1].after : end();
    if (word.entry.progress == rollout::Progress::Paused ||
        word.entry.progress == rollout::Progress::Withdrawn) {
      continue;
    }
    const auto turn =
        rollout::turn_of(scenario_.schedule, word.entry.shift, {}, word.entry.ceiling, bucket);
    if (!turn || *turn >= until) continue;
    count(eligible_, std::max(*turn, from));
    return;
  }
}

void World::live(std::uint64_t number) {
  Dice dice(scenario_.seed * 0x2545f4914f6cdd1dU + number);
  rollout::Device device;
  rollout::Secret secret{};
  for (std::size_t at = 0; at < secret.size(); ++at) {
    secret.at(at) = static_cast<std::uint8_t>(dice.next());
  }
  device.secret = secret;
  note_turn(rollout::bucket(secret, kId));

  const bool part_time = dice.share() < scenario_.part_time;
  const seconds wakes = dice.within(seconds(0), kDay - seconds(1));
  const auto is_on = [&](Time when) {
    return !part_time || (when - start() - wakes + 2 * kDay) % kDay < scenario_.hours_on;
  };
  const seconds least = scenario_.poll - scenario_.poll / 6;
  const seconds most = scenario_.poll + scenario_.poll / 6;
  bool active = false;
  bool good = false;    // on, and not withdrawn at the last poll
  Time look = start();  // nothing changes before
  rollout::Past past;
  for (Time now = start() + dice.within(seconds(0), scenario_.poll); now < end();
       now += dice.within(least, most)) {
    if (!is_on(now)) continue;
    if (now < look) {
      if (good) past.last_good = now;
      continue;
    }
    hear(now);
    device.now = now;
    if (!active) {
      const auto decision =
          rollout::decide(improvement_, publisher_, {}, device, rollout::Asked::ByItself);
      if (decision.go) {
        count(begun_, now);
        if (dice.share() < scenario_.failing) return;  // it goes back by itself, for good
        count(on_, now);
        active = good = true;
        past.last_good = now;
        look = next_word(now);
        continue;
      }
      look = std::min(decision.until.value_or(end()), next_word(now));
      continue;
    }
    good = false;
    const auto back = rollout::take_back(improvement_, publisher_, {}, device, past);
    switch (back.answer) {
      case rollout::TakeBack::Answer::Now:
        count(off_, now);
        return;
      case rollout::TakeBack::Answer::Later:
        // The agent comes again at that very moment.
        if (is_on(*back.at) && *back.at < now + least) {
          count(off_, *back.at);
          return;
        }
        break;
      case rollout::TakeBack::Answer::No:
        past.last_good = now;
        good = true;
        [[fallthrough]];
      case rollout::TakeBack::Answer::Kept:
        look = next_word(now);
        break;
    }
  }
}

Curve World::curve() const {
  Curve curve{scenario_.devices, {}};
  Point sum;
  for (std::size_t bin = 0; bin + 1 < on_.size(); ++bin) {
    sum.after = scenario_.resolution * static_cast<int>(bin);
    sum.eligible += eligible_[bin];
    sum.exposed += begun_[bin];
    sum.active += on_[bin];
    sum.active -= off_[bin];
    const Time now = start() + sum.after;
    const rollout::Entry& entry = word_at(now).entry;
    if (entry.progress == rollout::Progress::Running ||
        entry.progress == rollout::Progress::Complete) {
      sum.planned = std::max(
          sum.planned,
          std::min(entry.ceiling, rollout::reach(scenario_.schedule, entry.shift, {}, now)));
    }
    curve.points.push_back(sum);
  }
  return curve;
}

}  // namespace

Result<Curve> run(const Scenario& scenario, const std::function<bool(double)>& go_on) {
  if (scenario.words.empty() || scenario.devices == 0 || scenario.resolution < minutes(1) ||
      scenario.length < scenario.resolution || scenario.poll < seconds(60)) {
    return fail(ErrorKind::Invalid, "a scenario has devices, a first word, and a length");
  }
  World world(scenario);
  for (std::uint64_t number = 0; number < scenario.devices; ++number) {
    if (number % kBetweenReports == 0 &&
        !go_on(static_cast<double>(number) / static_cast<double>(scenario.devices))) {
      return fail(ErrorKind::Cancelled, "interrupted");
    }
    world.live(number);
  }
  return world.curve();
}

}  // namespace interlude::simulate
