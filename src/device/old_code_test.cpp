#include "device/old_code.hpp"

#include <gmock/gmock.h>

#include "sys/sim/file_system.hpp"

namespace interlude::device {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

improvement::Entry file(const std::string& content) {
  improvement::Entry entry;
  entry.size = content.size();
  entry.digest = crypto::sha256(as_bytes(content));
  return entry;
}

improvement::Entry link(const std::string& target) {
  improvement::Entry entry;
  entry.kind = improvement::EntryKind::Symlink;
  entry.target = target;
  return entry;
}

Improved improved(Standing standing = Standing::On, const std::string& note = "") {
  improvement::Component component;
  component.name = "ssl";
  component.files = {{"usr/lib/libssl.so.3", file("old"), file("new")},
                     {"usr/lib/libz.so.1", link("libz.so.1.2"), link("libz.so.1.3")}};
  return {{"a", "content", {{"ssl", "1", "2", standing, note}}},
          {*improvement::Id::parse("local/box/1/a"), "", {}, {component}, {}}};
}

running::Process process(int pid, const std::string& unit, const std::vector<Path>& old) {
  running::Process made;
  made.pid = pid;
  made.program = "web";
  made.user = "anna";
  made.belongs = {unit, 1000, unit.ends_with(".scope")};
  made.old = old;
  return made;
}

TEST(OldCode, WatchesFilesAndWhatALinkNoLongerPointsAt) {
  sys::sim::FileSystem disk;
  const Store store(disk, Layout("/"));
  const Improved on = improved();
  const auto watched = watched_paths(store, "/", "/pin", &on);
  ASSERT_THAT(watched, SizeIs(2));
  EXPECT_EQ(watched[0].path, "/usr/lib/libssl.so.3");
  EXPECT_EQ(watched[0].wanted, file("new").digest);
  EXPECT_EQ(watched[0].versions.front().file, "/pin/usr/lib/libssl.so.3");
  EXPECT_EQ(watched[1].path, "/usr/lib/libz.so.1.2");
  EXPECT_FALSE(watched[1].wanted);
  // On the baseline what was there before is what is wanted, and the link says nothing.
  const auto off = watched_paths(store, "/", "/pin", nullptr, &on);
  ASSERT_THAT(off, SizeIs(1));
  EXPECT_EQ(off[0].wanted, file("old").digest);
}

TEST(OldCode, SaysHowFarAFixHasCome) {
  running::Findings findings;
  const auto state = [&](const Improved& on) { return fix_state(on, "ssl", findings, "/"); };
  EXPECT_EQ(state(improved()).sentence, "fixed and running");
  findings.processes = {process(7, "nginx.service", {"/usr/lib/libssl.so.3"}),
                        process(8, "session-1.scope", {"/usr/lib/libz.so.1.2"}),
                        process(9, "other.service", {"/usr/lib/other.so"})};
  EXPECT_EQ(state(improved()).code, "old-code");
  EXPECT_EQ(state(improved()).sentence,
            "fixed, 2 processes still run old code: nginx.service, web of anna (pid 8)");
  EXPECT_EQ(state(improved(Standing::AlreadyFixed)).sentence, "already fixed by the system itself");
  EXPECT_THAT(state(improved(Standing::Foreign, "x was modified")).sentence,
              HasSubstr("not here, because x was modified"));
  EXPECT_EQ(state(improved(Standing::Waiting, "at-boot")).code, "waiting");
  EXPECT_EQ(fix_state(improved(), "ssl", std::nullopt, "/").code, "on");
}

}  // namespace
}  // namespace interlude::device
