// The power fails at every single operation of everything a device does, and every single operation
// fails once. Whatever was on stays on, or what was to come is on: whole, and the baseline is never
// touched. The next run finishes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fixture.hpp"

namespace interlude::crash {
namespace {

using sys::sim::AfterCut;
using sys::sim::Survivors;

/// One thing a device does, from a prepared disk.
struct Deed {
  sys::sim::FileSystem disk;
  Publisher* publisher = nullptr;
  Work work;
  std::string before;  ///< letter
  std::string after;
};

void run_to(sys::sim::FileSystem& disk, Publisher& publisher, const std::string& letter) {
  publisher.publish_through(letter);
  const Status installed = run_agent(disk, publisher, install(letter));
  ASSERT_TRUE(installed) << installed.error().message();
  ASSERT_EQ(letter_on(disk), letter);
}

/// The device knows of `letter`: what follows is the installation alone. (Interrupted metadata is
/// the client's own test.)
void publish_and_look(sys::sim::FileSystem& disk, Publisher& publisher, const std::string& letter) {
  publisher.publish_through(letter);
  const Status looked = run_agent(disk, publisher, [](device::Agent& agent) {
    return agent.run({device::Request::Kind::Check, std::nullopt, {}});
  });
  ASSERT_TRUE(looked) << looked.error().message();
}

/// What must hold after whatever happened, before anything is repaired.
void expect_whole(sys::FileSystem& disk, Deed& deed) {
  EXPECT_EQ(snapshot_of(disk, std::string(kBaselineFolder)), deed.publisher->tree_with(""));
  EXPECT_THAT(active_tree(disk), testing::AnyOf(deed.publisher->tree_with(deed.before),
                                                deed.publisher->tree_with(deed.after)));
}

void expect_finishes(sys::sim::FileSystem& disk, Deed& deed) {
  const Status again = run_agent(disk, *deed.publisher, deed.work);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(letter_on(disk), deed.after);
  EXPECT_EQ(active_tree(disk), deed.publisher->tree_with(deed.after));
  EXPECT_EQ(snapshot_of(disk, std::string(kBaselineFolder)), deed.publisher->tree_with(""));
  for (const char* folder : {"generations", "objects", "incoming"}) {
    const auto names = disk.list(join("/device/var/lib/interlude", folder));
    ASSERT_TRUE(names);
    EXPECT_THAT(*names, testing::Each(testing::Not(testing::HasSubstr(".partial"))));
  }
}

struct Outage {
  AfterCut after;
  Survivors survivors;
  const char* name;
};

constexpr Outage kOutages[] = {
    {AfterCut::NotDone, Survivors::OnlySynced, "not done, only synced"},
    {AfterCut::Done, Survivors::Everything, "done, everything"},
    {AfterCut::Done, Survivors::OnlySynced, "done, only synced"},
    {AfterCut::Torn, Survivors::Everything, "torn, everything"},
    {AfterCut::Torn, Survivors::Random, "torn, random"},
    {AfterCut::NotDone, Survivors::Random, "not done, random"},
};

/// Every operation meets every way to fail only where INTERLUDE_EVERY_CRASH is set (`./test.sh
/// --every-crash`), which takes minutes. Otherwise each meets a third of the ways, in turn.
bool is_left_out(const Outage& outage, std::uint64_t at) {
  static const bool every = std::getenv("INTERLUDE_EVERY_CRASH") != nullptr;
  const auto way = static_cast<std::uint64_t>(&outage - &kOutages[0]);
  return !every && (at + way) % 3 != 0;
}
/// Of two kinds of failure, one.
bool is_left_out(ErrorKind kind, std::uint64_t at) {
  static const bool every = std::getenv("INTERLUDE_EVERY_CRASH") != nullptr;
  return !every && at % 2 == (kind == ErrorKind::NoSpace ? 0U : 1U);
}

void survive_power_cuts(Deed& deed) {
  for (const Outage& outage : kOutages) {
    for (std::uint64_t cut = 1;; ++cut) {
      if (is_left_out(outage, cut)) continue;
      SCOPED_TRACE(testing::Message() << "cut at operation " << cut << ": " << outage.name);
      sys::sim::FileSystem disk = deed.disk;
      disk.cut_power_at(cut, outage.after);
      const Status done = run_agent(disk, *deed.publisher, deed.work);
      const bool was_cut = disk.operations() - deed.disk.operations() >= cut;
      disk.restart(outage.survivors, cut);
      expect_whole(disk, deed);
      if (done) {
        EXPECT_EQ(letter_on(disk), deed.after) << "reported as done, but lost";
      }
      expect_finishes(disk, deed);
      if (testing::Test::HasFailure()) return;
      if (!was_cut) break;
    }
  }
}

void survive_failures(Deed& deed) {
  for (const ErrorKind kind : {ErrorKind::Internal, ErrorKind::NoSpace}) {
    for (std::uint64_t at = 1;; ++at) {
      if (is_left_out(kind, at)) continue;
      SCOPED_TRACE(testing::Message() << "failure at operation " << at << ": " << name_of(kind));
      sys::sim::FileSystem disk = deed.disk;
      disk.fail_at(at, kind);
      (void)run_agent(disk, *deed.publisher, deed.work);  // may fail; what it leaves matters
      const bool failed = disk.operations() - deed.disk.operations() >= at;
      expect_whole(disk, deed);
      disk.fail_at(1ULL << 60U, kind);
      expect_finishes(disk, deed);
      if (testing::Test::HasFailure()) return;
      if (!failed) break;
    }
  }
}

class Crash : public testing::Test {
 protected:
  Crash() : disk_(new_device(publisher_)) {}

  Deed deed(Work work, const std::string& before, const std::string& after) {
    EXPECT_EQ(letter_on(disk_), before);
    return {disk_, &publisher_, std::move(work), before, after};
  }

  Publisher publisher_;
  sys::sim::FileSystem disk_;
};

TEST_F(Crash, PowerCutAtAnyOperationOfAnInstallLeavesOldOrNew) {
  publish_and_look(disk_, publisher_, "a");
  Deed installing = deed(poll, "", "a");
  survive_power_cuts(installing);
}

TEST_F(Crash, FailureOfAnyOperationOfAnInstallLeavesOldOrNew) {
  publish_and_look(disk_, publisher_, "a");
  Deed installing = deed(poll, "", "a");
  survive_failures(installing);
}

TEST_F(Crash, PowerCutAtAnyOperationOfAnUpgradeWithCleanUpLeavesOldOrNew) {
  for (const char* letter : {"a", "b", "c"}) run_to(disk_, publisher_, letter);
  publish_and_look(disk_, publisher_, "d");
  Deed upgrading = deed(poll, "c", "d");
  survive_power_cuts(upgrading);
}

TEST_F(Crash, FailureOfAnyOperationOfAnUpgradeWithCleanUpLeavesOldOrNew) {
  for (const char* letter : {"a", "b", "c"}) run_to(disk_, publisher_, letter);
  publish_and_look(disk_, publisher_, "d");
  Deed upgrading = deed(poll, "c", "d");
  survive_failures(upgrading);
}

TEST_F(Crash, PowerCutAtAnyOperationOfARemovalLeavesOldOrBaseline) {
  run_to(disk_, publisher_, "a");
  Deed removing = deed(remove, "a", "");
  survive_power_cuts(removing);
}

TEST_F(Crash, FailureOfAnyOperationOfARemovalLeavesOldOrBaseline) {
  run_to(disk_, publisher_, "a");
  Deed removing = deed(remove, "a", "");
  survive_failures(removing);
}

TEST_F(Crash, PowerCutAtAnyOperationOfAStepBackLeavesOneLetterOrTheOther) {
  run_to(disk_, publisher_, "a");
  run_to(disk_, publisher_, "b");
  Deed stepping_back = deed(install("a"), "b", "a");
  survive_power_cuts(stepping_back);
}

TEST_F(Crash, FailureOfAnyOperationOfAStepBackLeavesOneLetterOrTheOther) {
  run_to(disk_, publisher_, "a");
  run_to(disk_, publisher_, "b");
  Deed stepping_back = deed(install("a"), "b", "a");
  survive_failures(stepping_back);
}

/// Damages the new generation between its verification and its activation.
void damage(sys::FileSystem& disk, std::string_view step) {
  if (step != "activating") return;
  const Layout layout("/device");
  const auto names = disk.list(layout.generations());
  const auto active = disk.read_link(layout.active());
  if (!names || !active) return;
  for (const std::string& name : *names) {
    if (name == kBaseline || name == file_name_of(*active)) continue;
    const Path file = join(layout.generation(name), "tree/usr/bin/tool");
    (void)disk.write(file, as_bytes("damaged"), 0755);  // fails where the power is off
  }
}

TEST_F(Crash, DamagedGenerationIsTakenBackAndItsContentNotTriedAgain) {
  publisher_.publish_through("a");
  const Status done = run_agent(disk_, publisher_, poll, damage);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), testing::HasSubstr("taken back"));
  EXPECT_EQ(letter_on(disk_), "");
  ASSERT_TRUE(run_agent(disk_, publisher_, poll));
  EXPECT_EQ(letter_on(disk_), "") << "quarantined content came back by itself";
  const Status asked = run_agent(disk_, publisher_, install("a"));
  ASSERT_TRUE(asked) << asked.error().message();
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with("a"));
}

/// Whatever interrupted the way back from a damaged (b): the next start checks what is on before
/// anything else, and (b) can still be had by asking.
void expect_recovers(sys::sim::FileSystem& disk, Publisher& publisher) {
  const Status recovered = run_agent(disk, publisher, [](device::Agent&) { return Status(); });
  ASSERT_TRUE(recovered) << recovered.error().message();
  ASSERT_THAT(active_tree(disk),
              testing::AnyOf(publisher.tree_with("a"), publisher.tree_with("b")));
  const Status asked = run_agent(disk, publisher, install("b"));
  ASSERT_TRUE(asked) << asked.error().message();
  ASSERT_EQ(active_tree(disk), publisher.tree_with("b"));
  ASSERT_EQ(snapshot_of(disk, std::string(kBaselineFolder)), publisher.tree_with(""));
}

TEST_F(Crash, PowerCutAtAnyOperationOfGoingBackEndsOnTheOldOne) {
  run_to(disk_, publisher_, "a");
  publish_and_look(disk_, publisher_, "b");
  for (const Outage& outage : kOutages) {
    for (std::uint64_t cut = 1;; ++cut) {
      if (is_left_out(outage, cut)) continue;
      SCOPED_TRACE(testing::Message() << "cut at operation " << cut << ": " << outage.name);
      sys::sim::FileSystem disk = disk_;
      disk.cut_power_at(cut, outage.after);
      (void)run_agent(disk, publisher_, poll, damage);  // always fails: by the cut or the damage
      const bool was_cut = disk.operations() - disk_.operations() >= cut;
      disk.restart(outage.survivors, cut);
      expect_recovers(disk, publisher_);
      if (testing::Test::HasFatalFailure()) return;
      if (!was_cut) break;
    }
  }
}

TEST_F(Crash, FailureOfAnyOperationOfGoingBackEndsOnTheOldOne) {
  run_to(disk_, publisher_, "a");
  publish_and_look(disk_, publisher_, "b");
  for (const ErrorKind kind : {ErrorKind::Internal, ErrorKind::NoSpace}) {
    for (std::uint64_t at = 1;; ++at) {
      if (is_left_out(kind, at)) continue;
      SCOPED_TRACE(testing::Message() << "failure at operation " << at << ": " << name_of(kind));
      sys::sim::FileSystem disk = disk_;
      disk.fail_at(at, kind);
      (void)run_agent(disk, publisher_, poll, damage);  // fails, or goes on past a harmless failure
      const bool failed = disk.operations() - disk_.operations() >= at;
      disk.fail_at(1ULL << 60U, kind);
      expect_recovers(disk, publisher_);
      if (testing::Test::HasFatalFailure()) return;
      if (!failed) break;
    }
  }
}

TEST_F(Crash, RemovalWorksOnAFullDisk) {
  run_to(disk_, publisher_, "a");
  constexpr std::uint64_t kLarge = 1ULL << 40U;
  disk_.set_capacity(kLarge);
  disk_.set_capacity(kLarge - *disk_.free_bytes("/"));  // not one byte is left
  const Status removed = run_agent(disk_, publisher_, remove);
  ASSERT_TRUE(removed) << removed.error().message();
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with(""));
  disk_.set_capacity(kLarge);
  ASSERT_TRUE(run_agent(disk_, publisher_, poll));
  EXPECT_EQ(letter_on(disk_), "") << "the removal was forgotten";
}

TEST_F(Crash, InstallNeedsItsSpaceBeforeItStarts) {
  publisher_.publish_through("a");
  disk_.set_capacity(300'000);
  const Status done = run_agent(disk_, publisher_, poll);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::NoSpace);
  EXPECT_THAT(done.error().message(), testing::ContainsRegex("needs [0-9]+ bytes free"));
  EXPECT_EQ(active_tree(disk_), publisher_.tree_with(""));
}

}  // namespace
}  // namespace interlude::crash
