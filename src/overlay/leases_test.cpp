#include "overlay/leases.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/posix/file_system.hpp"

namespace interlude::overlay {
namespace {

class Leases : public testing::Test {
 protected:
  Leases() {
    std::string folder = testing::TempDir() + "leasesXXXXXX";
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    layout_ = Layout(folder);
    EXPECT_TRUE(sys::make_directories(disk_, layout_.running(), 0755));
  }
  ~Leases() override { (void)sys::remove_tree(disk_, layout_.root()); }

  sys::posix::FileSystem disk_;
  Layout layout_{""};
};

TEST_F(Leases, EndWithTheirProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  ASSERT_TRUE(open_lease(layout_, child));
  const auto live = live_leases(layout_);
  ASSERT_TRUE(live);
  ASSERT_EQ(live->size(), 1U);
  EXPECT_EQ(live->front().pid, child);
  ::kill(child, SIGKILL);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(live_leases(layout_)->empty()) << "a process that waits to be buried has ended";
  EXPECT_TRUE(disk_.list(layout_.leases())->empty()) << "and is forgotten";
  (void)::waitpid(child, nullptr, 0);
}

TEST_F(Leases, OfANumberThatWasGivenAwayCountForNothing) {
  ASSERT_TRUE(open_lease(layout_, ::getpid()));
  const std::string own = disk_.list(layout_.leases())->front();
  ASSERT_TRUE(disk_.rename(join(layout_.leases(), own),
                           join(layout_.leases(), std::to_string(::getpid()) + ".1")));
  EXPECT_TRUE(live_leases(layout_)->empty());
}

TEST_F(Leases, CanBeEnded) {
  ASSERT_TRUE(open_lease(layout_, ::getpid()));
  ASSERT_TRUE(end_lease(layout_, ::getpid()));
  ASSERT_TRUE(end_lease(layout_, ::getpid()));
  EXPECT_TRUE(live_leases(layout_)->empty());
}

TEST_F(Leases, OfAServiceEndWithItsLock) {
  const Path lock = join(layout_.root(), "var/lib/dpkg/lock-frontend");
  ASSERT_TRUE(sys::make_directories(disk_, parent_of(lock), 0755));
  ASSERT_TRUE(disk_.write(lock, {}, 0644));
  EXPECT_EQ(holder_of_package_locks(layout_), std::nullopt);
  int told[2];
  int heard[2];
  ASSERT_EQ(::pipe(told), 0);
  ASSERT_EQ(::pipe(heard), 0);
  const pid_t service = ::fork();
  char sign = 0;
  if (service == 0) {
    struct flock all {};
    all.l_type = F_WRLCK;
    const int fd = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
    const bool is_locked = ::fcntl(fd, F_SETLK, &all) == 0;
    bool went_well = is_locked && ::write(heard[1], "l", 1) == 1 && ::read(told[0], &sign, 1) == 1;
    (void)::close(fd);
    went_well = went_well && ::write(heard[1], "u", 1) == 1;
    ::pause();
    ::_exit(went_well ? 0 : 1);
  }
  ASSERT_EQ(::read(heard[0], &sign, 1), 1);
  ASSERT_TRUE(open_lease(layout_, service, LeaseEnds::WithLock));
  EXPECT_EQ(holder_of_package_locks(layout_), service);
  EXPECT_EQ(live_leases(layout_)->size(), 1U);
  ASSERT_EQ(::write(told[1], "u", 1), 1);
  ASSERT_EQ(::read(heard[0], &sign, 1), 1);
  EXPECT_TRUE(live_leases(layout_)->empty()) << "it goes on, and does no work";
  EXPECT_TRUE(disk_.list(layout_.leases())->empty()) << "and is forgotten";
  ::kill(service, SIGKILL);
  (void)::waitpid(service, nullptr, 0);
  for (const int end : {told[0], told[1], heard[0], heard[1]}) (void)::close(end);
}

TEST_F(Leases, OfNobodyAreRefused) {
  EXPECT_EQ(open_lease(layout_, 1 << 30).error().kind(), ErrorKind::NotFound);
}

TEST(Process, IsKnownByNameParentAndStart) {
  EXPECT_EQ(parent_of_process(::getpid()), ::getppid());
  EXPECT_EQ(program_of(::getpid()), "overlay_test");
  EXPECT_TRUE(start_time_of(::getpid()));
  EXPECT_FALSE(start_time_of(1 << 30));
}

}  // namespace
}  // namespace interlude::overlay
