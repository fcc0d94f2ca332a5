// Fetchers that were taken over, mirrors that say anything, and the process that connects.

#include <csignal>

#include "base/text.hpp"
#include "taken_over.hpp"

namespace interlude::sandbox {
namespace {

TEST_F(TakenOver, HonestProcessesInstall) {
  expect_goes_on();
}

TEST_F(TakenOver, AFetcherThatSendsGarbageInstallsNothing) {
  changes_nothing([](Channel& verifier, const sys::Request& request, Bytes body) {
    for (auto& byte : body) byte = static_cast<std::uint8_t>(byte * 7 + 3);
    send_honestly(verifier, request, body);
  });
}

TEST_F(TakenOver, AFetcherThatChangesOneByteInstallsNothing) {
  changes_nothing([](Channel& verifier, const sys::Request& request, Bytes body) {
    body[body.size() / 2] ^= 1;
    send_honestly(verifier, request, body);
  });
}

TEST_F(TakenOver, AFetcherThatTruncatesInstallsNothing) {
  changes_nothing([](Channel& verifier, const sys::Request& request, Bytes body) {
    body.pop_back();
    send_honestly(verifier, request, body);
  });
}

TEST_F(TakenOver, AFetcherWithoutEndInstallsNothing) {
  changes_nothing([](Channel& verifier, const sys::Request&, const Bytes& body) {
    std::uint64_t offset = 0;
    Bytes piece = body;
    piece.resize(64 * 1024);
    for (int i = 0; i < 600; ++i, offset += piece.size()) send_pieces(verifier, offset, piece);
    send_end(verifier);
  });
}

TEST_F(TakenOver, AFetcherThatJumpsInstallsNothing) {
  changes_nothing([](Channel& verifier, const sys::Request&, const Bytes& body) {
    send_pieces(verifier, 1U << 30U, body);
    send_end(verifier, 1U << 30U);
  });
}

TEST_F(TakenOver, AFetcherThatSpeaksTooLongInstallsNothing) {
  changes_nothing([](Channel& verifier, const sys::Request&, const Bytes&) {
    (void)verifier.send(Bytes(kLongestMessage + 1));
  });
}

TEST_F(TakenOver, AFetcherThatSpeaksNonsenseInstallsNothing) {
  changes_nothing(
      [](Channel& verifier, const sys::Request&, const Bytes& body) { (void)verifier.send(body); });
}

TEST_F(TakenOver, AFetcherThatDiesInstallsNothing) {
  changes_nothing([](Channel&, const sys::Request&, const Bytes&) { ::raise(SIGKILL); });
}

TEST_F(TakenOver, AFetcherThatSaysNothingIsNewInstallsNothing) {
  const Status done =
      run_with("timestamp", [](Channel& verifier, const sys::Request&, const Bytes&) {
        Writer writer(Message::Answered);
        write(writer, sys::Response{true, 0, ""});
        write(writer, Tally());
        (void)verifier.send(writer.bytes());
      });
  EXPECT_FALSE(done);
  expect_as_before();
  expect_goes_on();
}

TEST_F(TakenOver, AFetcherThatSendsOldMetadataInstallsNothingOlder) {
  const Path old = folder_ + ".old";
  copy_tree(disk_, folder_, disk_, old);
  expect_goes_on();
  publisher_.publish_through("b");
  publish();
  ASSERT_TRUE(run(roles_));
  ASSERT_EQ(active_tree(), publisher_.tree_with("b"));
  Roles roles = roles_;
  roles.fetcher = fetcher(old, "nothing at all", send_honestly);
  const Status done = run(roles);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::Untrusted) << done.error().message();
  EXPECT_EQ(active_tree(), publisher_.tree_with("b"));
}

TEST_F(TakenOver, ErrorsOfAFetcherAreTold) {
  const Status done =
      run_with("timestamp", [](Channel& verifier, const sys::Request&, const Bytes&) {
        send_error(verifier, {ErrorKind::Unavailable, "the line is dead\x1b[31m"});
      });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(done.error().message(), HasSubstr("the line is dead?[31m"));
}

// An error is written to the device's record, which must be readable whatever somebody else's words
// are.
TEST_F(TakenOver, WhatAMirrorSaysNeverSpoilsTheRecord) {
  for (const std::string& words :
       {"\"" + std::string(56, 'a') + "\u00e9\u00e9\"", std::string("{\"a\x01\":1}"),
        "{\"" + std::string(79, 'b') + "\u00e9\":1,\"" + std::string(79, 'b') + "\u00e9\":1}",
        std::string("\"\xc2\x9b\"")}) {
    const Status done =
        run_with("timestamp", [&](Channel& verifier, const sys::Request& request, const Bytes&) {
          send_honestly(verifier, request, to_bytes(words));
        });
    ASSERT_FALSE(done);
    EXPECT_EQ(printable(done.error().message()), done.error().message());
    expect_as_before();
  }
  expect_goes_on();
}

// Also right after the verifier's state was lost: it begins with what the worker knows.
TEST_F(TakenOver, AMirrorThatIsBehindIsPassedOver) {
  const Path mirrors = directory_.path() + "/mirrors";
  must(disk_.make_directory(mirrors, 0755));
  copy_tree(disk_, folder_, disk_, mirrors + "/behind");
  must(disk_.make_symlink(folder_, mirrors + "/fresh"));
  publisher_.publish_through("b");
  publish();
  must(run(roles_));
  ASSERT_EQ(active_tree(), publisher_.tree_with("b"));

  must(disk_.make_directory(layout_.drop_ins(), 0755));
  must(disk_.write(layout_.drop_ins() + "/10.toml",
                   as_bytes("[source]\nurls = [\"http://mirror.invalid/behind\", "
                            "\"http://mirror.invalid/fresh\"]\n"),
                   0644));
  publisher_.publish_through("c");
  publish();
  must(sys::remove_tree(disk_, layout_.seen()));
  Roles roles = roles_;
  roles.fetcher = fetcher(mirrors, "nothing at all", send_honestly);
  must(run(roles));
  EXPECT_EQ(active_tree(), publisher_.tree_with("c"));
}

TEST_F(TakenOver, CtrlCEndsAllProcesses) {
  Roles roles = roles_;
  roles.fetcher =
      fetcher(folder_, "timestamp", [](Channel&, const sys::Request&, const Bytes&) { ::pause(); });
  int asked = 0;
  const Status done = run(roles, std::nullopt, [&] { return ++asked < 3; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), ErrorKind::Cancelled);
  expect_as_before();
}

TEST(Connector, GoesNowhereButToItsList) {
  auto pair = Channel::make_pair();
  std::vector<UniqueFd> given;
  given.push_back(std::move(pair->second));
  const Assignment assignment{{}, Layout("/"), {}, std::nullopt};
  const auto child = Child::start(std::move(given), [&](pid_t parent, std::vector<UniqueFd> mine) {
    usual_roles().connector(assignment, parent, std::move(mine));
  });
  Channel connector(std::move(pair->first));
  for (const Bytes& wanted :
       {Bytes{static_cast<std::uint8_t>(Message::Connect), 0},
        Bytes{static_cast<std::uint8_t>(Message::Connect), 200, 1},
        Bytes{static_cast<std::uint8_t>(Message::Connect)}, to_bytes("127.0.0.1:80"), Bytes{0}}) {
    ASSERT_TRUE(connector.send(wanted));
    const auto answer = connector.receive(10s);
    ASSERT_TRUE(answer && *answer);
    EXPECT_FALSE((*answer)->file);
    EXPECT_EQ(Reader((*answer)->message, "connector").message(), Message::Failed);
  }
}

TEST(Destinations, AreTheMirrorsTheirHttpsAndWhatIsListed) {
  device::Config config;
  config.urls = {"http://one.example:8080/x", "file:///srv/mirror", "https://two.example"};
  config.redirect_hosts = {"cdn.example", "10.0.0.1:8443"};
  config.proxy = "http://proxy.example:3128";
  const Destinations all = destinations_of(config);
  std::vector<std::string> hosts;
  for (const auto& each : all.hosts) hosts.push_back(each.text());
  EXPECT_THAT(hosts, testing::ElementsAre("one.example:8080", "one.example:443", "two.example:443",
                                          "cdn.example:80", "cdn.example:443", "10.0.0.1:8443"));
  ASSERT_EQ(all.connects.size(), 1U) << "a proxy is not passed by";
  EXPECT_EQ(all.connects[0].text(), "proxy.example:3128");
  config.urls = {"file:///srv/mirror"};
  EXPECT_TRUE(destinations_of(config).connects.empty());
}

}  // namespace
}  // namespace interlude::sandbox
