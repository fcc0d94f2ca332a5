#include "sandbox/channel.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace interlude::sandbox {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Pair : public testing::Test {
 protected:
  Pair() {
    auto pair = Channel::make_pair();
    if (!pair) std::abort();
    raw_ = pair->second.get();
    one_.emplace(std::move(pair->first));
    other_.emplace(std::move(pair->second));
  }
  std::optional<Channel> one_;
  std::optional<Channel> other_;
  int raw_ = -1;
};

TEST_F(Pair, KeepsMessagesApart) {
  ASSERT_TRUE(one_->send(as_bytes("first")));
  ASSERT_TRUE(one_->send(as_bytes("second")));
  EXPECT_EQ(to_text((*other_->receive(1s))->message), "first");
  EXPECT_EQ(to_text((*other_->receive(1s))->message), "second");
  EXPECT_FALSE(*other_->receive(0ms));
}

TEST_F(Pair, PassesAnOpenFile) {
  const sys::posix::UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(one_->send(as_bytes("file"), nothing.get()));
  const auto received = other_->receive(1s);
  ASSERT_TRUE(received && *received);
  EXPECT_TRUE((*received)->file);
  EXPECT_NE(::fcntl((*received)->file.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(Pair, RefusesAMessageThatIsTooLong) {
  const Bytes longest(kLongestMessage);
  ASSERT_TRUE(one_->send(longest));
  EXPECT_EQ((*other_->receive(1s))->message.size(), kLongestMessage);
  const Bytes longer(kLongestMessage + 1);
  ASSERT_TRUE(one_->send(longer));
  EXPECT_EQ(other_->receive(1s).error().kind(), ErrorKind::Corrupt);
}

TEST_F(Pair, SaysWhenTheOtherEndIsGone) {
  one_.reset();
  EXPECT_EQ(other_->receive(1s).error().message(), kGone);
  EXPECT_EQ(other_->send(as_bytes("x")).error().message(), kGone);
}

TEST_F(Pair, IsGoneOnceGivenUp) {
  other_->give_up();
  EXPECT_EQ(other_->receive(1s).error().message(), kGone);
  EXPECT_EQ(one_->receive(1s).error().message(), kGone);
}

}  // namespace
}  // namespace interlude::sandbox
