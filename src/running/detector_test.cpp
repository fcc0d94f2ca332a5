// Real processes of this machine: one maps a library, then another version takes its place.

#include "running/detector.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "support/temporary_directory.hpp"

namespace interlude::running {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

crypto::Sha256 hash_file(const Path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return crypto::sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// A process that has `library` loaded, from when the constructor returns until the end.
class Holder {
 public:
  explicit Holder(const Path& library) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const char answer = dlopen(library.c_str(), RTLD_NOW) != nullptr ? 'y' : 'n';
      (void)!write(ends[1], &answer, 1);
      while (true) pause();
    }
    char answer = 'n';
    (void)!read(ends[0], &answer, 1);
    close(ends[0]);
    close(ends[1]);
    loaded_ = answer == 'y';
  }
  ~Holder() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  int pid() const { return pid_; }
  bool loaded() const { return loaded_; }

 private:
  pid_t pid_ = -1;
  bool loaded_ = false;
};

class Detector : public testing::Test {
 protected:
  Detector() : path_(join(place_.path(), "libsample.so")) {
    std::filesystem::copy_file(SAMPLE_1, join(place_.path(), "first"));
    std::filesystem::copy_file(SAMPLE_2, join(place_.path(), "second"));
    show("first");
  }

  /// `path_` becomes `version`: a hard link to it, as in a store.
  void show(const std::string& version) {
    std::filesystem::create_hard_link(join(place_.path(), version), path_ + ".new");
    std::filesystem::rename(path_ + ".new", path_);
  }

  Watched watched(const std::string& wanted) {
    Watched watch{path_, {}, hash_file(join(place_.path(), wanted)), {}};
    for (const char* version : {"first", "second"}) {
      const Path file = join(place_.path(), version);
      watch.versions.push_back({hash_file(file), file});
    }
    return watch;
  }

  static std::vector<int> old_ones(const Watched& watch) {
    const auto findings = look({}, std::span(&watch, 1));
    EXPECT_TRUE(findings);
    std::vector<int> pids;
    for (const Process& each : findings->processes) {
      if (!each.old.empty()) pids.push_back(each.pid);
    }
    return pids;
  }

  test::TemporaryDirectory place_;
  Path path_;
};

TEST_F(Detector, FindsWhoStillRunsWhatWasReplaced) {
  const Holder before(path_);
  ASSERT_TRUE(before.loaded());
  EXPECT_THAT(old_ones(watched("first")), IsEmpty());
  show("second");
  const Holder after(path_);
  EXPECT_THAT(old_ones(watched("second")), ElementsAre(before.pid()));
  const auto findings = look({}, std::vector{watched("second")});
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->processes.size(), 2U);
  const Process& found = findings->processes.front();
  EXPECT_EQ(found.program, "running_test");
  EXPECT_EQ(found.uid, geteuid());
  EXPECT_THAT(found.old, ElementsAre(path_));
}

// The processes that fetch for a worker still have the library that it has just replaced; restarting
// the unit it runs in for them would end it half-way.
TEST_F(Detector, LeavesOutWhoAsksWithThoseItStarted) {
  const Holder child(path_);
  show("second");
  const auto findings = look({.except = ::getpid()}, std::vector{watched("second")});
  ASSERT_TRUE(findings);
  EXPECT_THAT(findings->processes, IsEmpty());
  EXPECT_THAT(old_ones(watched("second")), ElementsAre(child.pid()));
}

// The mount that it was mapped through was taken off: the kernel tells the rest of the path.
TEST_F(Detector, KnowsAFileByAFurtherNameAndItsContent) {
  if (geteuid() != 0) GTEST_SKIP() << "map_files is the superuser's";
  const Holder before(path_);
  Watched watch = watched("second");
  watch.path = "/usr/lib/somewhere/libsample.so";
  watch.also = {"/elsewhere.so", path_};
  EXPECT_THAT(old_ones(watch), ElementsAre(before.pid()));
  watch.wanted = watch.versions.front().digest;
  EXPECT_THAT(old_ones(watch), IsEmpty());
  watch.versions.clear();  // any file may have such a name
  EXPECT_THAT(look({}, std::span(&watch, 1))->processes, IsEmpty());
}

TEST_F(Detector, IsNotFooledByGoingAndComingBack) {
  const Holder before(path_);
  show("second");
  show("first");
  EXPECT_THAT(old_ones(watched("first")), IsEmpty());
}

// As on kernels where a mapping shows the mount's own numbers: only the content tells.
TEST_F(Detector, TellsVersionsApartByContentWhereNumbersSayNothing) {
  if (geteuid() != 0) GTEST_SKIP() << "map_files is the superuser's";
  const Holder before(path_);
  Watched watch = watched("second");
  for (Version& each : watch.versions) {
    std::filesystem::copy_file(each.file, each.file + ".elsewhere");
    each.file += ".elsewhere";
  }
  EXPECT_THAT(old_ones(watch), ElementsAre(before.pid()));
  watch.wanted = watch.versions.front().digest;
  EXPECT_THAT(old_ones(watch), IsEmpty());
}

TEST_F(Detector, HashesWhatHasNoBuildIdToTellBy) {
  if (geteuid() != 0) GTEST_SKIP() << "map_files is the superuser's";
  const Holder before(path_);
  Watched watch = watched("first");
  std::filesystem::rename(watch.versions.front().file, join(place_.path(), "gone"));
  EXPECT_THAT(old_ones(watch), IsEmpty());
  watch.wanted = hash_file(watch.versions.back().file);
  EXPECT_THAT(old_ones(watch), ElementsAre(before.pid()));
}

TEST_F(Detector, LeavesProcessesWithAnotherRootAlone) {
  const Holder before(path_);
  const auto findings =
      look({.proc = "/proc", .root = place_.path()}, std::vector{watched("second")});
  ASSERT_TRUE(findings);
  EXPECT_THAT(findings->processes, IsEmpty());
  EXPECT_GT(findings->elsewhere, 0U);
}

TEST_F(Detector, ReadsAFolderThatStandsForProc) {
  const Path process = join(place_.path(), "proc/42");
  std::filesystem::create_directories(process);
  std::filesystem::create_directories(join(place_.path(), "proc/self"));
  std::filesystem::create_directories(join(place_.path(), "etc"));
  std::filesystem::create_directory_symlink(place_.path(), join(process, "root"));
  std::ofstream(join(process, "maps")) << "1-2 r-xp 00000000 00:01 5 /lib/x.so (deleted)\n";
  std::ofstream(join(process, "comm")) << "daemon\n";
  std::ofstream(join(process, "status")) << "Name:\tx\nUid:\t0\t33\t0\t0\nGid:\t0\n";
  std::ofstream(join(process, "cgroup")) << "0::/system.slice/daemon.service\n";
  std::ofstream(join(place_.path(), "etc/passwd"))
      << "root:x:0:0::/:/x\nbroken\nwww:x:33:33::/:/x\n";
  const Watched watch{"/lib/x.so", {}, crypto::Sha256{}, {}};
  const auto findings =
      look({.proc = join(place_.path(), "proc"), .root = place_.path()}, std::span(&watch, 1));
  ASSERT_TRUE(findings);
  ASSERT_EQ(findings->processes.size(), 1U);
  const Process& found = findings->processes.front();
  EXPECT_EQ(found.program, "daemon");
  EXPECT_EQ(found.user, "www");
  EXPECT_EQ(found.belongs.unit, "daemon.service");
  EXPECT_THAT(found.old, ElementsAre("/lib/x.so"));
}

}  // namespace
}  // namespace interlude::running
