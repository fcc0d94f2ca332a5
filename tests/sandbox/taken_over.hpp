#pragma once
// A real device on a real disk, with real processes of which a test replaces some: what is taken
// over installs nothing that was not signed, the device stays as it was, and with honest processes
// it goes on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cerrno>
#include <functional>
#include <string>

#include "crash/fixture.hpp"
#include "sandbox/source.hpp"
#include "support/temporary_directory.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::sandbox {

using namespace std::chrono_literals;
using sys::posix::UniqueFd;
using testing::HasSubstr;

inline constexpr std::string_view kMirror = "http://mirror.invalid/";

inline void must(const Status& status) {
  if (!status) throw std::runtime_error(status.error().message());
}

inline void copy_tree(sys::FileSystem& from, const Path& source, sys::FileSystem& to,
                      const Path& target) {
  must(sys::make_directories(to, target, 0755));
  must(sys::walk(from, source, [&](const Path& path, const sys::FileInfo& info) -> Status {
    if (info.type == sys::FileType::Directory) return to.make_directory(join(target, path), 0755);
    if (info.type == sys::FileType::Symlink) {
      return to.make_symlink(*from.read_link(join(source, path)), join(target, path));
    }
    return to.write(join(target, path), *from.read(join(source, path), 1U << 22U), info.mode);
  }));
}

/// What a fetcher does with one question: all of its answers.
using Deceit = std::function<void(Channel& verifier, const sys::Request& asked, Bytes body)>;

inline void send_pieces(Channel& verifier, std::uint64_t offset, ByteView body) {
  (void)verifier.send(Writer(Message::Piece).number(offset).rest(body).bytes());
}
inline void send_end(Channel& verifier, std::uint64_t offset = 0) {
  Writer writer(Message::Answered);
  write(writer, sys::Response{false, offset, ""});
  write(writer, Tally());
  (void)verifier.send(writer.bytes());
}
inline void send_honestly(Channel& verifier, const sys::Request&, const Bytes& body) {
  send_pieces(verifier, 0, body);
  send_end(verifier);
}
inline void send_error(Channel& verifier, const Error& error) {
  Writer writer(Message::Failed);
  write(writer, error);
  write(writer, Tally());
  (void)verifier.send(writer.bytes());
}

/// A fetcher that reads the repository's files from `folder`, and deceives about those whose URL
/// has `about` in it.
inline Roles::Body fetcher(const Path& folder, const std::string& about, const Deceit& deceit) {
  return [=](const Assignment&, pid_t, std::vector<UniqueFd> given) {
    Channel verifier(std::move(given[0]));
    sys::posix::FileSystem disk;
    while (true) {
      const auto received = verifier.receive(-1ms);
      if (!received) return;
      if (!*received) continue;
      Reader reader((*received)->message, "verifier");
      const sys::Request request = read_request(reader);
      if (reader.message() != Message::Get) continue;
      const auto body = disk.read(join(folder, request.url.substr(kMirror.size())), 1U << 22U);
      if (!body) {
        send_error(verifier, {ErrorKind::NotFound, request.url});
      } else if (request.url.find(about) != std::string::npos) {
        deceit(verifier, request, *body);
      } else {
        send_honestly(verifier, request, *body);
      }
    }
  };
}

class TakenOver : public testing::Test {
 protected:
  TakenOver() {
    publisher_.publish_through("a");
    publish();
    sys::sim::FileSystem fresh = crash::new_device(publisher_);
    copy_tree(fresh, std::string(crash::kBaselineFolder), disk_, baseline_);
    auto wanted = crash::provisioning(publisher_);
    wanted.config.tree = baseline_;
    wanted.config.urls = {std::string(kMirror)};
    must(disk_.make_directory(layout_.root(), 0755));
    must(device::provision(disk_, layout_, wanted));
    before_ = active_tree();
    roles_ = usual_roles();
    roles_.fetcher = fetcher(folder_, "nothing at all", send_honestly);
  }

  /// Puts the publisher's repository where the fetchers read it.
  void publish() {
    must(sys::remove_tree(disk_, folder_));
    copy_tree(publisher_.disk(), "/repository/public", disk_, folder_);
  }

  Status run(
      const Roles& roles, const std::optional<improvement::Letter>& letter = std::nullopt,
      const std::function<bool()>& go_on = [] { return true; }) {
    sys::posix::Clock clock;
    sys::sim::Random random(1);
    const auto config = device::load_config(disk_, layout_);
    must(config ? Status() : Status(std::unexpected(config.error())));
    Source source(layout_, *config, roles, {1500ms, 20s});
    device::Agent::Watch watch;
    watch.progress = [&](std::string_view, double) { return go_on(); };
    const auto agent =
        device::Agent::open({disk_, clock, random, source}, layout_, *config, {}, std::move(watch));
    must(agent ? Status() : Status(std::unexpected(agent.error())));
    const auto recovered = (*agent)->recover();
    must(recovered ? Status() : Status(std::unexpected(recovered.error())));
    return (*agent)->run(
        {letter ? device::Request::Kind::Install : device::Request::Kind::Automatic, letter, {}});
  }
  Status run_with(const std::string& about, const Deceit& deceit) {
    Roles roles = roles_;
    roles.fetcher = fetcher(folder_, about, deceit);
    return run(roles);
  }

  crash::Snapshot active_tree() {
    return crash::snapshot_of(disk_, *disk_.resolve(join(layout_.active(), "tree")));
  }
  void expect_as_before() {
    EXPECT_EQ(active_tree(), before_);
    EXPECT_EQ(crash::snapshot_of(disk_, baseline_), before_);
    const auto accepted = disk_.list(layout_.accepted());
    ASSERT_TRUE(accepted);
    for (const std::string& name : *accepted) EXPECT_EQ(name.size(), 64U) << name;
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD) << "a process is left";
  }
  void expect_goes_on() {
    const Status done = run(roles_);
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(active_tree(), publisher_.tree_with("a"));
  }
  /// A deceit about any file of the repository changes nothing, and is over when it is over.
  void changes_nothing(const Deceit& deceit) {
    for (const char* about :
         {"timestamp", "snapshot", ".targets", "box-1", "manifest", "payload"}) {
      SCOPED_TRACE(about);
      const Status done = run_with(about, deceit);
      EXPECT_FALSE(done);
      expect_as_before();
    }
    expect_goes_on();
  }

  test::TemporaryDirectory directory_;
  sys::posix::FileSystem disk_;
  Layout layout_{directory_.path() + "/device"};
  Path baseline_ = directory_.path() + "/baseline";
  Path folder_ = directory_.path() + "/mirror";
  crash::Publisher publisher_{sys::posix::Clock().now()};
  crash::Snapshot before_;
  Roles roles_;
};

}  // namespace interlude::sandbox
