#include "rollout/window.hpp"

#include <gtest/gtest.h>

#include "rollout/test_case.hpp"

namespace interlude::rollout {
namespace {

TEST(Window, IsOpenOverMidnightIntoTheNextDay) {
  const Window nights = *Window::parse("Mon-Fri 22:00-06:00");
  EXPECT_TRUE(nights.contains(at("2026-11-23T22:00:00Z")));  // Monday
  EXPECT_TRUE(nights.contains(at("2026-11-28T05:59:59Z")));  // Saturday, from Friday on
  EXPECT_FALSE(nights.contains(at("2026-11-28T06:00:00Z")));
  EXPECT_FALSE(nights.contains(at("2026-11-28T23:00:00Z")));
  EXPECT_FALSE(nights.contains(at("2026-11-23T05:00:00Z")));  // Monday, from Sunday on
}

TEST(Window, SaysWhenItOpensNext) {
  const Window nights = *Window::parse("Mon-Fri 22:00-06:00");
  EXPECT_EQ(nights.next_open(at("2026-11-27T21:00:00Z")), at("2026-11-27T22:00:00Z"));
  EXPECT_EQ(nights.next_open(at("2026-11-27T22:00:00Z")), at("2026-11-30T22:00:00Z"));
  const Window one = *Window::parse("Sun 03:00-04:00");
  EXPECT_EQ(one.next_open(at("2026-11-22T03:00:00Z")), at("2026-11-29T03:00:00Z"));
}

TEST(Window, TakesDaysInAnyForm) {
  EXPECT_TRUE(Window::parse("daily 00:00-24:00"));
  EXPECT_TRUE(Window::parse("Sat,Sun 00:00-24:00"));
  EXPECT_TRUE(Window::parse("Fri-Mon 09:00-17:30")->contains(at("2026-11-22T12:00:00Z")));
}

TEST(Window, RefusesOtherTexts) {
  for (const char* text : {"", "22:00-06:00", "Mon 22:00", "Mon 25:00-26:00", "Mon 10:60-11:00",
                           "Mon 10:00-10:00", "Mo 10:00-11:00", "Mon- 10:00-11:00", "Mon 1:00-2:00",
                           "Mon 24:00-25:00", "Mon,, 10:00-11:00"}) {
    EXPECT_FALSE(Window::parse(text)) << text;
  }
}

}  // namespace
}  // namespace interlude::rollout
