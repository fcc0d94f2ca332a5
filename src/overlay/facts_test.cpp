#include "overlay/facts.hpp"

#include <gtest/gtest.h>

#include "sys/sim/file_system.hpp"

namespace interlude::overlay {
namespace {

class Facts : public testing::Test {
 protected:
  Facts() {
    EXPECT_TRUE(sys::make_directories(disk_, layout_.generation("g"), 0755));
    EXPECT_TRUE(sys::make_directories(disk_, "/pin/usr/lib", 0755));
    EXPECT_TRUE(disk_.write("/pin/usr/lib/a", as_bytes("a"), 0644));
    EXPECT_TRUE(
        keep_facts(disk_, layout_, "g", take_facts(disk_, "/pin", {"usr/lib/a", "usr/lib/gone"})));
  }
  bool hold() { return facts_hold(disk_, layout_, "/pin", "g"); }

  sys::sim::FileSystem disk_;
  Layout layout_{"/"};
};

TEST_F(Facts, HoldUntilAFileIsReplaced) {
  EXPECT_TRUE(hold());
  ASSERT_TRUE(disk_.write("/pin/usr/lib/new", as_bytes("a"), 0644));
  ASSERT_TRUE(disk_.rename("/pin/usr/lib/new", "/pin/usr/lib/a"));
  EXPECT_FALSE(hold()) << "the same bytes, but who knows";
}

TEST_F(Facts, HoldUntilAFileComes) {
  ASSERT_TRUE(disk_.write("/pin/usr/lib/gone", as_bytes("x"), 0644));
  EXPECT_FALSE(hold());
}

TEST_F(Facts, AreAboutOneGeneration) {
  EXPECT_FALSE(facts_hold(disk_, layout_, "/pin", "h"));
  EXPECT_FALSE(facts_are_broken(disk_, layout_, "/pin", "h"));
  ASSERT_TRUE(disk_.remove(layout_.facts("g")));
  EXPECT_FALSE(hold());
}

}  // namespace
}  // namespace interlude::overlay
