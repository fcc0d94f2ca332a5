// Fresh processes and sockets of this machine. Units are tests/system's: a machine that builds need
// not run systemd.

#include "units/system_workload.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>

#include "support/temporary_directory.hpp"
#include "sys/posix/process.hpp"
#include "units/socket_probe.hpp"

namespace interlude::units {
namespace {

using testing::HasSubstr;

class System : public testing::Test {
 protected:
  Status load(const std::string& file, const std::string& before = "") {
    const device::LoadTest test{file, before};
    return workload_.try_loading(std::span(&test, 1));
  }

  sys::posix::ProcessRunner processes_;
  SystemWorkload workload_{processes_,
                           {.root = "/",
                            .load_helper = LOAD_HELPER,
                            .refresh = {},
                            .manager_socket = "/nowhere/private",
                            .manager_program = "/usr/bin/false"}};
  test::TemporaryDirectory place_;
};

TEST_F(System, LoadsALibraryInAFreshProcess) {
  EXPECT_TRUE(load(GOOD_LIBRARY));
}

TEST_F(System, PassesOverWhatIsNoLibrary) {
  const Path text = join(place_.path(), "notes.so");
  std::ofstream(text) << "not ELF\n";
  EXPECT_TRUE(load(text));
  EXPECT_TRUE(load("/usr/bin/true"));
}

TEST_F(System, FindsALibraryWhoseConstructorAborts) {
  const Status loaded = load(BAD_LIBRARY, GOOD_LIBRARY);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(loaded.error().message(), HasSubstr("signal 6"));
}

TEST_F(System, DoesNotBlameALibraryThatCouldNotBeLoadedBefore) {
  EXPECT_TRUE(load(BAD_LIBRARY, BAD_LIBRARY));
}

TEST_F(System, SaysWhereNoProcessStartsAnyMore) {
  SystemWorkload broken(processes_, {.root = "/",
                                     .load_helper = "/bin/sh",
                                     .refresh = {"/bin/sh", "-c", "kill -ABRT $$"},
                                     .manager_socket = "/nowhere/private",
                                     .manager_program = "/usr/bin/false"});
  const Status refreshed = broken.refresh();
  ASSERT_FALSE(refreshed);
  EXPECT_EQ(refreshed.error().kind(), ErrorKind::Corrupt);
}

TEST_F(System, NeverRenewsAManagerThatCannotBeStarted) {
  const Status renewed = workload_.renew_manager();
  ASSERT_FALSE(renewed);
  EXPECT_THAT(renewed.error().message(), HasSubstr("--version"));
}

TEST_F(System, SaysThatNoServiceManagerAnswers) {
  const auto units = workload_.active_units();
  ASSERT_FALSE(units);
  EXPECT_EQ(units.error().kind(), ErrorKind::Unavailable);
}

TEST_F(System, ConnectsToSockets) {
  const Path path = join(place_.path(), "s");
  EXPECT_FALSE(connect_to("unix:" + path, std::chrono::seconds(1)));
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  EXPECT_TRUE(connect_to("unix:" + path, std::chrono::seconds(1)));
  ::close(listener);
}

}  // namespace
}  // namespace interlude::units
