// The kernel's own mounts, in a mount namespace of the test's: both methods, whatever the kernel
// would choose. What needs root is skipped without.

#include "overlay/kernel_mounts.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>

#include "overlay/kernel.hpp"
#include "overlay/leases.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::overlay {
namespace {

const Path kLib = "usr/lib/x";

/// Runs `body` in a process in a mount namespace of its own, and takes over what it found.
void in_namespace(const std::function<void(const Path&)>& body) {
  std::string folder = testing::TempDir() + "mountsXXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool apart = ::unshare(CLONE_NEWNS) == 0 &&
                       ::mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr) == 0 &&
                       ::mount("device", folder.c_str(), "tmpfs", 0, nullptr) == 0;
    if (!apart) ::_exit(77);
    body(folder);
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ::rmdir(folder.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "needs a mount namespace";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

class Device {
 public:
  explicit Device(const Path& root, Method method) : root_(root), mounts(Layout(root), method) {
    make(join(root, kLib + "/inner"));
    make(join(root, "run"));
    write(join(root, kLib + "/libx.so"), "baseline");
    write(join(root, kLib + "/other"), "other");
  }

  /// A layer in which libx.so has this content.
  Path layer(const std::string& content) {
    const Path folder = join(root_, "layers/" + content);
    make(folder);
    write(join(folder, "libx.so"), content);
    return folder;
  }
  std::string seen(const std::string& name = "libx.so") {
    const auto content = disk_.read(join(root_, kLib + "/" + name), 1000);
    return content ? std::string(as_text(*content)) : content.error().message();
  }
  bool can_write() {
    const Path file = join(root_, kLib + "/written");
    return disk_.write(file, as_bytes("x"), 0644) && disk_.remove(file);
  }
  void write(const Path& file, const std::string& content) {
    ASSERT_TRUE(disk_.write(file, as_bytes(content), 0644));
  }
  void make(const Path& folder) { ASSERT_TRUE(sys::make_directories(disk_, folder, 0755)); }
  void show(const std::string& id) {
    const Status shown = mounts.show(kLib, id, layer(id));
    ASSERT_TRUE(shown) << shown.error().message();
  }

 private:
  Path root_;
  sys::posix::FileSystem disk_;

 public:
  KernelMounts mounts;
};

class KernelMountsTest : public testing::TestWithParam<Method> {
 protected:
  void SetUp() override {
    if (GetParam() == Method::Beneath && !can_attach_beneath()) {
      GTEST_SKIP() << "this kernel cannot mount beneath";
    }
  }
  void on_device(const std::function<void(Device&, const Path&)>& body) {
    in_namespace([&](const Path& root) {
      Device device(root, GetParam());
      body(device, root);
    });
  }
  std::size_t expected_depth(std::size_t on_top) {
    return GetParam() == Method::Beneath ? 1 : on_top;
  }
};

TEST_P(KernelMountsTest, ShowsALayerOverTheBaselineAndTheBaselineAgain) {
  on_device([&](Device& device, const Path&) {
    ASSERT_TRUE(device.mounts.show_baseline(kLib));
    EXPECT_EQ(device.seen(), "baseline");
    EXPECT_TRUE(device.can_write()) << "an armed directory is writable";
    device.show("one");
    EXPECT_EQ(device.seen(), "one");
    EXPECT_EQ(device.seen("other"), "other");
    EXPECT_FALSE(device.can_write());
    EXPECT_EQ(*device.mounts.shown(kLib), "one");
    device.show("two");
    EXPECT_EQ(device.seen(), "two");
    EXPECT_EQ(*device.mounts.depth(kLib), expected_depth(3));
    ASSERT_TRUE(device.mounts.show_baseline(kLib));
    EXPECT_EQ(device.seen(), "baseline");
    EXPECT_EQ(*device.mounts.shown(kLib), "");
    // Services that may not write there see this mount as it is.
    EXPECT_FALSE(device.can_write());
    ASSERT_TRUE(device.mounts.step_aside(kLib));
    EXPECT_TRUE(device.can_write());
  });
}

TEST_P(KernelMountsTest, LeavesWhatSomebodyElseMountedOnItself) {
  on_device([&](Device& device, const Path& root) {
    const std::string place = root + "/usr/lib";
    ASSERT_EQ(::mount(place.c_str(), place.c_str(), nullptr, MS_BIND, nullptr), 0);
    EXPECT_THAT(*device.mounts.hierarchies(), testing::Not(testing::Contains("usr/lib")));
    ASSERT_TRUE(device.mounts.step_aside("usr/lib"));
    const auto table = read_mount_table();
    ASSERT_TRUE(table);
    EXPECT_EQ(stack_at(*table, place).size(), 1U);
  });
}

TEST_P(KernelMountsTest, GoesBackByTakingOffWhereTreesPileUp) {
  on_device([&](Device& device, const Path&) {
    device.show("one");
    device.show("two");
    device.show("one");
    EXPECT_EQ(device.seen(), "one");
    EXPECT_EQ(*device.mounts.depth(kLib), 1U);
  });
}

TEST_P(KernelMountsTest, StepsAsideDownToTheBareDirectory) {
  on_device([&](Device& device, const Path&) {
    ASSERT_TRUE(device.mounts.show_baseline(kLib));
    device.show("one");
    device.show("two");
    EXPECT_THAT(*device.mounts.hierarchies(), testing::ElementsAre(kLib));
    ASSERT_TRUE(device.mounts.step_aside(kLib));
    EXPECT_EQ(device.seen(), "baseline");
    EXPECT_EQ(*device.mounts.depth(kLib), 0U);
    EXPECT_THAT(*device.mounts.hierarchies(), testing::IsEmpty());
  });
}

TEST_P(KernelMountsTest, HidesWhatALayerDeletes) {
  on_device([&](Device& device, const Path&) {
    const Path layer = device.layer("one");
    ASSERT_TRUE(sys::posix::FileSystem().make_whiteout(join(layer, "other")));
    device.show("one");
    EXPECT_THAT(device.seen("other"), testing::HasSubstr("No such file"));
  });
}

TEST_P(KernelMountsTest, PinShowsTheBaselineWhateverIsOn) {
  on_device([&](Device& device, const Path&) {
    device.show("one");
    const auto pin = device.mounts.pin();
    ASSERT_TRUE(pin);
    sys::posix::FileSystem disk;
    EXPECT_EQ(as_text(*disk.read(join(*pin, kLib + "/libx.so"), 100)), "baseline");
    EXPECT_FALSE(disk.write(join(*pin, kLib + "/x"), {}, 0644)) << "it is read-only";
    EXPECT_EQ(*device.mounts.pin(), *pin) << "and made once";
  });
}

TEST_P(KernelMountsTest, MountsOfOthersComeAlong) {
  on_device([&](Device& device, const Path& root) {
    const Path inner = join(root, kLib + "/inner");
    ASSERT_EQ(::mount("driver", inner.c_str(), "tmpfs", 0, nullptr), 0);
    device.write(join(inner, "driver.so"), "of the host");
    for (const char* id : {"one", "two"}) {
      device.show(id);
      EXPECT_EQ(device.seen(), id);
      EXPECT_EQ(device.seen("inner/driver.so"), "of the host");
    }
    ASSERT_TRUE(device.mounts.show_baseline(kLib));
    EXPECT_EQ(device.seen("inner/driver.so"), "of the host");
  });
}

TEST_P(KernelMountsTest, WhatIsMountedOverItIsNamed) {
  on_device([&](Device& device, const Path& root) {
    device.show("one");
    ASSERT_EQ(::mount("cover", join(root, kLib).c_str(), "tmpfs", 0, nullptr), 0);
    const Status shown = device.mounts.show(kLib, "two", device.layer("two"));
    ASSERT_FALSE(shown);
    EXPECT_EQ(shown.error().kind(), ErrorKind::Conflict);
    EXPECT_THAT(shown.error().message(), testing::HasSubstr("cover (tmpfs)"));
  });
}

/// Whose mount namespace a process gets, and whether what we mount comes there.
enum class Space {
  OfAService,   ///< as a service manager makes them: it follows ours
  Apart,        ///< nothing comes there
  APersonsOwn,  ///< it follows ours; made without rights, in a user namespace
};

bool enter(Space space) {
  constexpr uid_t kSomebody = 65534;
  if (space == Space::APersonsOwn) {
    return ::setresuid(kSomebody, kSomebody, kSomebody) == 0 &&
           ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
  }
  const unsigned long way = space == Space::Apart ? MS_PRIVATE : MS_SLAVE;
  return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | way, nullptr) == 0;
}

/// A process in a mount namespace of its own with a mask below the directory. `look` asks it what
/// it sees there.
class Service {
 public:
  explicit Service(const Path& root, Space space = Space::OfAService) {
    EXPECT_EQ(::pipe2(ask_.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(answer_.data(), O_CLOEXEC), 0);
    const Path inner = join(root, kLib + "/inner");
    pid_ = ::fork();
    if (pid_ == 0) {
      const bool ready = enter(space) && ::mount("mask", inner.c_str(), "tmpfs", 0, nullptr) == 0;
      sys::posix::FileSystem disk;
      for (char word = ready ? 'y' : 'n'; ::write(answer_[1], &word, 1) == 1;) {
        if (::read(ask_[0], &word, 1) != 1 || word == 'q') break;
        const auto names = disk.list(inner);
        const auto library = disk.read(join(root, kLib + "/libx.so"), 100);
        // 'm': masked still; 'f': the mask is gone. Upper case: it sees the baseline's library.
        const bool is_masked = names && names->empty();
        word = is_masked ? 'm' : 'f';
        if (library && as_text(*library) == "baseline") word = is_masked ? 'M' : 'F';
      }
      ::_exit(0);
    }
    EXPECT_EQ(hear(), 'y');
  }
  ~Service() {
    (void)::write(ask_[1], "q", 1);
    (void)::waitpid(pid_, nullptr, 0);
    for (const int fd : {ask_[0], ask_[1], answer_[0], answer_[1]}) ::close(fd);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  char look() {
    EXPECT_EQ(::write(ask_[1], "l", 1), 1);
    return hear();
  }
  pid_t pid() const { return pid_; }

 private:
  char hear() {
    char word = 0;
    return ::read(answer_[0], &word, 1) == 1 ? word : '-';
  }

  std::array<int, 2> ask_{};
  std::array<int, 2> answer_{};
  pid_t pid_ = 0;
};

TEST_P(KernelMountsTest, NeverUncoversWhatAServiceMayNotSee) {
  on_device([&](Device& device, const Path& root) {
    device.write(join(root, kLib + "/inner/secret"), "secret");
    ASSERT_TRUE(device.mounts.show_baseline(kLib));
    const Service service(root);
    Service& asked = const_cast<Service&>(service);
    ASSERT_EQ(asked.look(), 'M');
    const Status shown = device.mounts.show(kLib, "one", device.layer("one"));
    if (GetParam() == Method::Beneath) {
      ASSERT_TRUE(shown) << shown.error().message();
      EXPECT_EQ(device.seen(), "one");
    } else {
      ASSERT_FALSE(shown);
      EXPECT_EQ(shown.error().kind(), ErrorKind::Conflict);
      EXPECT_THAT(shown.error().message(), testing::HasSubstr(std::to_string(service.pid())));
      EXPECT_EQ(device.seen(), "baseline");
    }
    EXPECT_THAT(asked.look(), testing::AnyOf('m', 'M'));
    ASSERT_TRUE(device.mounts.step_aside(kLib));
    EXPECT_EQ(asked.look(), 'M');
  });
}

TEST_P(KernelMountsTest, WaitsForNobodyWhomItCannotReachOrWhoMadeTheNamespaceWithoutRights) {
  for (const Space space : {Space::Apart, Space::APersonsOwn}) {
    on_device([&](Device& device, const Path& root) {
      ASSERT_TRUE(device.mounts.show_baseline(kLib));
      Service other(root, space);
      ASSERT_EQ(other.look(), 'M');
      const Status shown = device.mounts.show(kLib, "one", device.layer("one"));
      ASSERT_TRUE(shown) << shown.error().message();
      EXPECT_EQ(device.seen(), "one");
      if (space == Space::Apart) {
        EXPECT_EQ(other.look(), 'M') << "all is as it was there";
      }
    });
  }
}

TEST_P(KernelMountsTest, NoMaskKeepsTheBaselineFromComingBack) {
  on_device([&](Device& device, const Path& root) {
    device.write(join(root, kLib + "/inner/secret"), "secret");
    device.show("one");
    Service service(root);
    ASSERT_EQ(service.look(), 'm');
    ASSERT_TRUE(device.mounts.show_baseline(kLib));
    EXPECT_EQ(device.seen(), "baseline");
    EXPECT_THAT(service.look(), testing::AnyOf('m', 'M'));
  });
}

TEST_P(KernelMountsTest, KnowsWhichGenerationsSomebodyMayStillSee) {
  on_device([&](Device& device, const Path& root) {
    device.show("one");
    const Service service(root);
    device.mounts.show_baseline(kLib).value();
    ASSERT_TRUE(device.mounts.in_use());
  });
}

TEST_P(KernelMountsTest, NobodyWaitsForAnIdleProcess) {
  on_device([&](Device& device, const Path&) {
    const sched_param none{};
    ASSERT_EQ(::sched_setscheduler(0, SCHED_IDLE, &none), 0);
    {
      const auto held = device.mounts.hold();
      ASSERT_TRUE(held);
      EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
    }
    EXPECT_EQ(::sched_getscheduler(0), SCHED_IDLE);
  });
}

TEST_P(KernelMountsTest, RefusesOneTreeTooMany) {
  on_device([&](Device& device, const Path&) {
    for (std::size_t i = 0; i < kDeepestPile; ++i) device.show("g" + std::to_string(i));
    const Status shown = device.mounts.show(kLib, "more", device.layer("more"));
    EXPECT_EQ(shown.has_value(), GetParam() == Method::Beneath);
    if (!shown) {
      EXPECT_EQ(shown.error().kind(), ErrorKind::Conflict);
    }
    ASSERT_TRUE(device.mounts.show_baseline(kLib)) << "the way back is never refused";
    EXPECT_EQ(device.seen(), "baseline");
  });
}

TEST_P(KernelMountsTest, FinishesWhatAKilledProcessLeft) {
  on_device([&](Device& device, const Path& root) {
    if (GetParam() == Method::OnTop) return;  // one step: nothing to leave
    device.show("one");
    const auto upper = open_directory(device.layer("two"));
    const auto lower = open_directory(join(*device.mounts.pin(), kLib));
    const auto mount = make_overlay({"interlude:two", {upper->get(), lower->get()}, 0});
    ASSERT_TRUE(mount);
    ASSERT_TRUE(attach_beneath(*mount, join(root, kLib)));
    EXPECT_EQ(device.seen(), "one");
    device.show("two");
    EXPECT_EQ(device.seen(), "two");
    EXPECT_EQ(*device.mounts.depth(kLib), 1U);
  });
}

TEST_P(KernelMountsTest, APackageManagerAtWorkIsNamed) {
  on_device([&](Device& device, const Path& root) {
    const Layout layout(root);
    ASSERT_TRUE(device.mounts.hold());
    EXPECT_TRUE(device.mounts.check_unleased());
    ASSERT_TRUE(open_lease(layout, ::getpid()));
    const Status busy = device.mounts.check_unleased();
    ASSERT_FALSE(busy);
    EXPECT_THAT(busy.error().message(), testing::HasSubstr(std::to_string(::getpid())));
    ASSERT_TRUE(end_lease(layout, ::getpid()));
    EXPECT_TRUE(device.mounts.check_unleased());
  });
}

INSTANTIATE_TEST_SUITE_P(Methods, KernelMountsTest, testing::Values(Method::Beneath, Method::OnTop),
                         [](const testing::TestParamInfo<Method>& each) {
                           return each.param == Method::Beneath ? "Beneath" : "OnTop";
                         });

}  // namespace
}  // namespace interlude::overlay
