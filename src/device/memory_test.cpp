#include "device/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/sim/file_system.hpp"

namespace interlude::device {
namespace {

sys::Time at(int seconds) {
  return *sys::parse_time("2026-11-24T08:00:00Z") + std::chrono::seconds(seconds);
}

Plan full_plan() {
  return {"new", "old", "b", "content", "c", "2026-11-24T07:00:00Z", "gone", at(1)};
}

class DeviceMemory : public testing::Test {
 protected:
  DeviceMemory() { EXPECT_TRUE(sys::make_directories(disk_, layout_.library(), 0755)); }

  sys::sim::FileSystem disk_;
  Layout layout_{"/root"};
  Memory memory_{disk_, layout_};
};

TEST_F(DeviceMemory, IsEmptyAtFirst) {
  EXPECT_EQ(*memory_.record(), Record{});
  EXPECT_TRUE(memory_.settings()->automatic);
  EXPECT_TRUE(memory_.history()->empty());
}

TEST_F(DeviceMemory, ReadsBackEveryStateAndEverythingElse) {
  const State states[] = {Idle{},
                          Polling{},
                          Waiting{Reason::Quarantined, "why"},
                          Fetching{full_plan()},
                          Rebuilding{full_plan()},
                          Staged{full_plan()},
                          Activating{full_plan()},
                          Probation{full_plan()},
                          Committed{"new"},
                          RollingBack{full_plan(), "why"},
                          RolledBack{full_plan(), "why"},
                          RollbackFailed{full_plan(), "why", "problem"},
                          Removing{full_plan()}};
  Record record;
  record.declined_through = "b";
  record.quarantine = {{"content", "c", "bad file"}};
  record.activations = {{"new", "b", "content", "then", at(1), at(2), 300, 200, 1500}};
  record.available = "d";
  record.skipped = {{"x", "1", "2", Standing::Foreign, "note"}};
  record.polls = {at(3), at(4), at(5), 6};
  record.expense = {at(7), 8, 9, 10};
  record.rollouts.known = {"keys", at(11), at(12), at(13), {}};
  record.rollouts.known.entries["s/box/1/b"] = {
      rollout::Progress::Withdrawn, at(14), 500, rollout::minutes(15),
      rollout::After::Revert,       "bad"};
  record.rollouts.last_revert = at(16);
  record.rollouts.last_good = at(17);
  record.rollouts.answers = {{"c", Reason::Ramp, "later", at(18)},
                             {"b", Reason::Withdrawn, "gone", {}}};
  record.last_error = "an error";
  for (const State& state : states) {
    record.state = state;
    ASSERT_TRUE(memory_.store(record));
    const auto read = memory_.record();
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read, record) << name_of(state);
  }
}

TEST_F(DeviceMemory, RefusesARecordThatIsDamagedAndNamesTheFile) {
  Record record;
  record.state = Activating{full_plan()};
  record.polls.last = at(0);
  ASSERT_TRUE(memory_.store(record));
  const Bytes whole = *disk_.read(layout_.record(), kLargestRecord);
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {  // the last byte is a newline
    ASSERT_TRUE(disk_.write(layout_.record(), ByteView(whole).first(length), 0644));
    const auto read = memory_.record();
    ASSERT_FALSE(read) << length;
    EXPECT_EQ(read.error().kind(), ErrorKind::Corrupt);
    EXPECT_THAT(read.error().message(), testing::HasSubstr("state.json"));
  }
}

TEST_F(DeviceMemory, RefusesAStateItDoesNotKnow) {
  const std::string text = R"({"format":1,"state":{"name":"dreaming"},"polls":{},"expense":{}})";
  ASSERT_TRUE(disk_.write(layout_.record(), as_bytes(text), 0644));
  EXPECT_THAT(memory_.record().error().message(), testing::HasSubstr("unknown state"));
}

TEST_F(DeviceMemory, StoresItsRecordOnAFullDiskFromTheReserve) {
  ASSERT_TRUE(memory_.keep_reserve());
  disk_.set_capacity(64ULL << 10U);  // no more than the reserve
  Record record;
  record.last_error = "remembered";
  ASSERT_TRUE(memory_.store(record));
  EXPECT_EQ(memory_.record()->last_error, "remembered");
  EXPECT_FALSE(sys::exists(disk_, layout_.reserve()));
}

TEST_F(DeviceMemory, KeepsTheLastThousandEventsOnceEach) {
  ASSERT_TRUE(memory_.remember({at(1), at(0), "installed", "a", "", ""}));
  ASSERT_TRUE(memory_.remember({at(2), at(0), "installed", "a", "", ""}));
  EXPECT_EQ(memory_.history()->size(), 1U);
  std::string lines;
  for (int line = 0; line < 1000; ++line) {
    lines +=
        json::canonical(to_json(HistoryEntry{at(line), at(line), "removed", "a", "", ""})) + "\n";
  }
  ASSERT_TRUE(disk_.write(layout_.history(), as_bytes(lines), 0644));
  const HistoryEntry newest{at(5000), at(5000), "installed", "b", "a", "detail"};
  ASSERT_TRUE(memory_.remember(newest));
  const auto entries = memory_.history();
  ASSERT_EQ(entries->size(), kLongestHistory);
  EXPECT_EQ(entries->front().started, at(1));
  EXPECT_EQ(entries->back(), newest);
}

TEST_F(DeviceMemory, KeepsSettings) {
  ASSERT_TRUE(memory_.store(Settings{false}));
  EXPECT_FALSE(memory_.settings()->automatic);
}

}  // namespace
}  // namespace interlude::device
