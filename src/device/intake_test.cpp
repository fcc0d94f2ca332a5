// A fetcher that was taken over may leave anything in incoming/, at any moment.

#include "device/intake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/digest.hpp"
#include "support/temporary_directory.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::device {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::string_view kContent = "the payload that was signed";

/// Leaves in incoming/ what it is told to.
class Liar final : public Source {
 public:
  using Place = std::function<void(const Path& file)>;

  Liar(Path incoming, Place place) : incoming_(std::move(incoming)), place_(std::move(place)) {}
  Result<Listing> ask(const GoOn&) override { return Listing{}; }
  Status fetch(const tuf::Target& target, const GoOn&) override {
    ++fetched;
    place_(join(incoming_, content_of(target)));
    return {};
  }
  std::uint64_t received_bytes() const override { return 0; }
  std::optional<std::uint64_t> retry_after_seconds() const override { return std::nullopt; }

  int fetched = 0;

 private:
  Path incoming_;
  Place place_;
};

class IntakeOf : public testing::Test {
 protected:
  IntakeOf() {
    for (const Path& each : {layout_.incoming(), layout_.accepted()}) {
      if (!sys::make_directories(disk_, each, 0700)) std::abort();
    }
    payload_.name = "box.payload";
    payload_.size = kContent.size();
    payload_.digest = crypto::sha256(as_bytes(kContent));
    const std::string path = id_.text() + "/" + payload_.name;
    listing_.targets[path] = {
        path, payload_.size, {{"sha256", payload_.digest.hex()}}, json::Value()};
  }

  Result<Path> take(const Liar::Place& place) {
    Liar liar(layout_.incoming(), place);
    Intake intake(disk_, liar, layout_, "local/box/1");
    auto taken = intake.payload(listing_, id_, payload_, [](std::uint64_t) { return true; });
    fetched_ += liar.fetched;
    return taken;
  }
  void put(const Path& file, std::string_view content) {
    ASSERT_TRUE(disk_.write(file, as_bytes(content), 0644));
  }
  void refuses(const Liar::Place& place) {
    const auto taken = take(place);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind(), ErrorKind::Corrupt) << taken.error().message();
    EXPECT_THAT(taken.error().message(), HasSubstr("was not used"));
    EXPECT_THAT(*disk_.list(layout_.accepted()), IsEmpty());
    EXPECT_THAT(*disk_.list(layout_.incoming()), IsEmpty()) << "it must begin anew";
  }

  test::TemporaryDirectory directory_;
  sys::posix::FileSystem disk_;
  Layout layout_{directory_.path()};
  improvement::Id id_ = *improvement::Id::parse("local/box/1/a");
  improvement::Payload payload_;
  Listing listing_;
  int fetched_ = 0;
};

TEST_F(IntakeOf, TheRightFileIsACopyOfItsOwn) {
  const auto taken = take([&](const Path& file) { put(file, kContent); });
  ASSERT_TRUE(taken) << taken.error().message();
  EXPECT_EQ(parent_of(*taken), layout_.accepted());
  EXPECT_EQ(to_text(*disk_.read(*taken, 100)), kContent);
  EXPECT_EQ(disk_.info(*taken)->links, 1U);
  EXPECT_EQ(disk_.info(*taken)->mode, 0600U);
}

TEST_F(IntakeOf, WhatIsHereAlreadyAsksForNothing) {
  const auto right = [&](const Path& file) { put(file, kContent); };
  ASSERT_TRUE(take(right));
  ASSERT_TRUE(take(right));
  EXPECT_EQ(fetched_, 1);
}

TEST_F(IntakeOf, ADamagedCopyIsTakenAgain) {
  const auto right = [&](const Path& file) { put(file, kContent); };
  const auto first = take(right);
  ASSERT_TRUE(first);
  put(*first, "the payload that was spoilt");
  ASSERT_TRUE(take(right));
  EXPECT_EQ(to_text(*disk_.read(*first, 100)), kContent);
}

TEST_F(IntakeOf, OtherBytesOfTheSameLengthIsRefused) {
  refuses([&](const Path& file) { put(file, "the payload that was forged"); });
}

TEST_F(IntakeOf, ATruncatedFileIsRefused) {
  refuses([&](const Path& file) { put(file, kContent.substr(1)); });
}

TEST_F(IntakeOf, AnEmptyFileIsRefused) {
  refuses([&](const Path& file) { put(file, ""); });
}

TEST_F(IntakeOf, AHugeFileIsRefusedUnread) {
  refuses([&](const Path& file) {
    put(file, kContent);
    ASSERT_EQ(::truncate(file.c_str(), off_t{1} << 40U), 0);
  });
}

TEST_F(IntakeOf, ALinkToASecretIsRefused) {
  const Path secret = join(directory_.path(), "secret");
  put(secret, kContent);  // not even the right bytes make up for it
  refuses([&](const Path& file) { ASSERT_TRUE(disk_.make_symlink(secret, file)); });
}

TEST_F(IntakeOf, APipeIsRefusedWithoutWaiting) {
  refuses([&](const Path& file) { ASSERT_EQ(::mkfifo(file.c_str(), 0644), 0); });
}

TEST_F(IntakeOf, AHardLinkToASecretIsNotReadAsAPayload) {
  const Path secret = join(directory_.path(), "secret");
  put(secret, "root:secret");
  refuses([&](const Path& file) { ASSERT_TRUE(disk_.make_hard_link(secret, file)); });
  EXPECT_EQ(to_text(*disk_.read(secret, 100)), "root:secret");
}

TEST_F(IntakeOf, AFileChangedAfterwardsStaysTheCopy) {
  Path there;
  const auto taken = take([&](const Path& file) {
    put(file, kContent);
    there = file + ".kept";
    ASSERT_TRUE(disk_.make_hard_link(file, there));  // as an open descriptor would
  });
  ASSERT_TRUE(taken);
  put(there, "another payload altogether!");
  EXPECT_EQ(to_text(*disk_.read(*taken, 100)), kContent);
}

TEST_F(IntakeOf, NothingIsNotFound) {
  const auto taken = take([](const Path&) {});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind(), ErrorKind::NotFound);
}

TEST_F(IntakeOf, AListThatNamesNoHashIsRefused) {
  for (const char* bad : {"", "../../../etc/shadow", "ABCDEF"}) {
    listing_.manifests[id_.letter] = {"a", 1, {{"sha256", bad}}, json::Value()};
    Liar liar(layout_.incoming(), [](const Path&) {});
    Intake intake(disk_, liar, layout_, "local/box/1");
    EXPECT_FALSE(intake.manifest(listing_, id_.letter, [](std::uint64_t) { return true; }));
    EXPECT_EQ(liar.fetched, 0) << bad;
  }
}

}  // namespace
}  // namespace interlude::device
