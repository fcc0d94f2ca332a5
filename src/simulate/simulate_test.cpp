#include "simulate/simulate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "simulate/draw.hpp"

namespace interlude::simulate {
namespace {

using namespace std::chrono_literals;
using rollout::Progress;
using testing::HasSubstr;

Scenario scenario() {
  Scenario wanted;
  wanted.schedule =
      rollout::profile(rollout::Urgency::Normal, sys::Time(std::chrono::hours(500'000)));
  wanted.words = {
      {0min, {Progress::Running, wanted.schedule.start, rollout::kEverybody, 0min, {}, ""}}};
  wanted.devices = 4000;
  wanted.length = 40h;
  return wanted;
}

Curve curve_of(const Scenario& wanted) {
  const auto curve = run(wanted, [](double) { return true; });
  EXPECT_TRUE(curve);
  return *curve;
}

const Point& at(const Curve& curve, minutes after) {
  for (const Point& point : curve.points) {
    if (point.after >= after) return point;
  }
  return curve.points.back();
}

void withdraw(Scenario& wanted, minutes after, rollout::After what) {
  rollout::Entry entry = wanted.words.front().entry;
  entry.progress = Progress::Withdrawn;
  entry.since = wanted.schedule.start + after;
  entry.after = what;
  wanted.words.push_back({after, entry});
}

TEST(Simulation, FollowsThePlanWithinChance) {
  const Curve curve = curve_of(scenario());
  for (const auto& [after, share] : {std::pair(3h, 0.01), std::pair(11h, 0.05), std::pair(23h, 0.2),
                                     std::pair(35h, 0.5), std::pair(40h, 1.0)}) {
    const double expected = share * 4000;
    const double band = 4 * std::sqrt(expected * (1 - share)) + 1;
    EXPECT_NEAR(static_cast<double>(at(curve, after).active), expected, band) << after.count();
    EXPECT_EQ(at(curve, after).active, at(curve, after).exposed);
    EXPECT_EQ(at(curve, after).active, at(curve, after).eligible) << "all have polled by then";
  }
}

TEST(Simulation, StopsAndGoesBackWithinOnePollOfAWithdrawal) {
  Scenario wanted = scenario();
  withdraw(wanted, 300min, rollout::After::Revert);
  const Curve curve = curve_of(wanted);
  const std::uint64_t exposed = at(curve, 300min).exposed;
  EXPECT_GT(exposed, 0U);
  EXPECT_EQ(curve.points.back().exposed, exposed) << "nobody new";
  EXPECT_EQ(at(curve, 300min + 80min).active, 0U);
}

TEST(Simulation, KeepsWhereThePublisherAsksForNoMore) {
  Scenario wanted = scenario();
  withdraw(wanted, 300min, rollout::After::Keep);
  const Curve curve = curve_of(wanted);
  EXPECT_EQ(curve.points.back().active, at(curve, 300min).active);
}

TEST(Simulation, CountsFailuresAsExposed) {
  Scenario wanted = scenario();
  wanted.failing = 0.1;
  const Curve curve = curve_of(wanted);
  EXPECT_EQ(curve.points.back().exposed, 4000U);
  EXPECT_NEAR(static_cast<double>(curve.points.back().active), 3600, 80);
}

TEST(Simulation, WaitsForDevicesThatAreOff) {
  Scenario wanted = scenario();
  wanted.part_time = 1;
  wanted.hours_on = 8h;
  const Curve curve = curve_of(wanted);
  EXPECT_LT(at(curve, 2h).active, at(curve_of(scenario()), 2h).active);
}

TEST(Simulation, IsTheSameEachTimeAndCanBeStopped) {
  Scenario wanted = scenario();
  wanted.devices = 500;
  const Curve one = curve_of(wanted);
  const Curve two = curve_of(wanted);
  EXPECT_EQ(one.points.back().active, two.points.back().active);
  EXPECT_EQ(at(one, 10h).active, at(two, 10h).active);
  EXPECT_EQ(run(wanted, [](double) { return false; }).error().kind(), ErrorKind::Cancelled);
}

TEST(Drawing, ShowsEveryLine) {
  Scenario wanted = scenario();
  wanted.devices = 300;
  const Curve curve = curve_of(wanted);
  const std::string svg = to_svg(curve, "A <title> & more");
  for (const char* part : {"planned", "eligible", "active", "exposed", "A &lt;title> &amp; more"}) {
    EXPECT_THAT(svg, HasSubstr(part));
  }
  EXPECT_THAT(to_text(curve, 60, 12), HasSubstr("100 %"));
}

}  // namespace
}  // namespace interlude::simulate
