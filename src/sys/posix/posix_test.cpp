#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "support/temporary_directory.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/lock.hpp"
#include "sys/posix/process.hpp"
#include "sys/posix/random.hpp"

namespace interlude::sys::posix {
namespace {

using testing::HasSubstr;

TEST(ProcessRunner, GivesOutputErrorsAndExitCode) {
  ProcessRunner runner;
  const Result<Finished> finished = runner.run({"sh", "-c", "echo out; echo err >&2; exit 3"}, "");
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->output, "out\n");
  EXPECT_EQ(finished->errors, "err\n");
  EXPECT_EQ(finished->exit_code, 3);
}

TEST(ProcessRunner, PassesArgumentsAsTheyAreAndNothingOnInput) {
  ProcessRunner runner;
  EXPECT_EQ(runner.run({"printf", "%s|", "a b", "$HOME", "*", ""}, "")->output, "a b|$HOME|*||");
  EXPECT_EQ(runner.run({"cat"}, "")->output, "");
}

TEST(ProcessRunner, ReadsMuchOfBothStreamsAtOnce) {
  ProcessRunner runner;
  const Result<Finished> finished = runner.run(
      {"sh", "-c",
       "head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero; head -c 9 /dev/zero >&2"},
      "");
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->output.size(), 1000000U);
  EXPECT_EQ(finished->errors.size(), 1000009U);
}

TEST(ProcessRunner, WorksInTheNamedDirectory) {
  const test::TemporaryDirectory directory;
  ProcessRunner runner;
  EXPECT_EQ(runner.run({"pwd"}, directory.path())->output, directory.path() + "\n");
  EXPECT_EQ(runner.run({"pwd"}, directory.path() + "/none").error().kind(), ErrorKind::NotFound);
}

TEST(ProcessRunner, TellsAMissingProgramFromAFailingOne) {
  ProcessRunner runner;
  EXPECT_EQ(runner.run({"no-such-program-here"}, "").error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(runner.run({}, "").error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(runner.run({"sh", "-c", "kill -9 $$"}, "")->exit_code, 128 + 9);
}

TEST(ProcessRunner, GivesTheChildDefaultSignals) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  ProcessRunner runner;
  const Result<Finished> finished = runner.run({"sh", "-c", "kill -PIPE $$; echo survived"}, "");
  (void)std::signal(SIGPIPE, before);
  EXPECT_EQ(finished->exit_code, 128 + SIGPIPE);
}

TEST(ProcessRunner, FiltersInputThatNobodyReadsOrThatIsLarge) {
  ProcessRunner runner;
  const Bytes large(1'000'000, 'x');
  EXPECT_EQ(runner.filter({"cat"}, large, large.size())->output, interlude::to_text(large));
  EXPECT_EQ(runner.filter({"cat"}, {}, 0)->output, "");
  EXPECT_EQ(runner.filter({"true"}, large, 0)->exit_code, 0);
  EXPECT_EQ(runner.filter({"sh", "-c", "wc -c; echo err >&2; exit 3"}, large, 10)->output,
            "1000000\n");
}

TEST(ProcessRunner, StopsAFilterThatWritesTooMuch) {
  ProcessRunner runner;
  for (const char* script :
       {"cat /dev/zero", "cat /dev/zero >&2", "trap '' PIPE; yes; sleep 1000"}) {
    const Result<Finished> finished = runner.filter({"sh", "-c", script}, {}, 1000);
    ASSERT_FALSE(finished) << script;
    EXPECT_EQ(finished.error().kind(), ErrorKind::NoSpace);
  }
  EXPECT_TRUE(runner.filter({"echo", "123"}, {}, 4));
  EXPECT_FALSE(runner.filter({"echo", "1234"}, {}, 4));
  EXPECT_EQ(runner.filter({}, {}, 4).error().kind(), ErrorKind::Invalid);
}

TEST(LockFile, IsHeldOnceAndNamesItsHolder) {
  const test::TemporaryDirectory directory;
  const Path path = directory.path() + "/lock";
  {
    const Result<LockFile> held = LockFile::acquire(path);
    ASSERT_TRUE(held);
    const Result<LockFile> second = LockFile::acquire(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind(), ErrorKind::Conflict);
    EXPECT_EQ(second.error().message(), path + " is held by process " + std::to_string(::getpid()));
  }
  EXPECT_TRUE(LockFile::acquire(path));
  EXPECT_EQ(LockFile::acquire(directory.path() + "/none/lock").error().kind(), ErrorKind::NotFound);
}

TEST(LockFile, IsNotPassedOnToPrograms) {
  const test::TemporaryDirectory directory;
  const Path path = directory.path() + "/lock";
  const Result<LockFile> held = LockFile::acquire(path);
  ProcessRunner runner;
  EXPECT_THAT(runner.run({"ls", "-l", "/proc/self/fd"}, "")->output, Not(HasSubstr(path)));
}

TEST(Random, FillsAnyCountAndDoesNotRepeat) {
  Random random;
  EXPECT_EQ(random.bytes(0).size(), 0U);
  EXPECT_EQ(random.bytes(100000).size(), 100000U);
  EXPECT_NE(random.bytes(32), random.bytes(32));
}

TEST(Clock, AgreesWithTheSystem) {
  Clock clock;
  EXPECT_LE(std::abs(clock.now().time_since_epoch().count() - ::time(nullptr)), 1);
  const auto earlier = clock.steady();
  EXPECT_GE(clock.steady(), earlier);
}

TEST(FileSystem, NeverWaitsForAPipe) {
  const test::TemporaryDirectory directory;
  const Path pipe = directory.path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0644), 0);
  FileSystem disk;
  EXPECT_EQ(disk.info(pipe)->type, FileType::Other);
  EXPECT_EQ(disk.read(pipe, 10).error().kind(), ErrorKind::Conflict);
  EXPECT_FALSE(disk.write(pipe, {}, 0644));
  EXPECT_EQ(disk.info("/dev/null")->type, FileType::Device);
  EXPECT_EQ(disk.read("/dev/null", 10).error().kind(), ErrorKind::Conflict);
}

TEST(FileSystem, ReportsAFileBeyondTheLimitOfItsDiskAsNoSpace) {
  const test::TemporaryDirectory directory;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1000, before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  FileSystem disk;
  const Status written = disk.write(directory.path() + "/a", Bytes(2000), 0644);
  const Status replaced = replace_file(disk, directory.path() + "/b", Bytes(2000), 0644);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  (void)std::signal(SIGXFSZ, handler);
  EXPECT_EQ(written.error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(replaced.error().kind(), ErrorKind::NoSpace);
  EXPECT_THAT(*disk.list(directory.path()), testing::ElementsAre("a"));
}

}  // namespace
}  // namespace interlude::sys::posix
