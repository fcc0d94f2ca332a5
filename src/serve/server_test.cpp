// The server and the transport, together over real sockets of the loopback; and the server against
// clients that behave worse.

#include "serve/server.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <thread>

#include "support/temporary_directory.hpp"
#include "sys/curl/transport.hpp"
#include "sys/posix/clock.hpp"
#include "sys/posix/file_system.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::serve {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::uint64_t kLimit = 64U << 20U;

/// A connection that sends whatever it is told to.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }

  void send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void finish_sending() { ::shutdown(fd_.get(), SHUT_WR); }

  /// Everything until the server closes.
  std::string receive_all() {
    std::string all;
    std::array<char, 4096> piece{};
    while (true) {
      const ssize_t got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
      if (got <= 0) return all;
      all.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  sys::posix::UniqueFd fd_;
};

class RunningServer : public testing::Test {
 protected:
  RunningServer() {
    put("a", "0123456789");
    Result<Folder> folder = Folder::open(disk_, clock_, directory_.path());
    Result<Server> server = Server::listen(
        std::move(*folder), {}, [this](std::string_view line) { log_.emplace_back(line); });
    if (!server) throw std::runtime_error(server.error().message());
    server_.emplace(std::move(*server));
    thread_ = std::jthread([this] { server_->run([this] { return stop_.load(); }); });
  }
  ~RunningServer() override { stop(); }

  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void put(const std::string& name, std::string_view content) {
    ASSERT_TRUE(sys::replace_file(disk_, directory_.path() + "/" + name, as_bytes(content), 0644));
  }
  std::string url(const std::string& name) const { return server_->url() + "/" + name; }
  std::uint16_t port() const {
    return static_cast<std::uint16_t>(std::stoi(url("").substr(url("").rfind(':') + 1)));
  }
  Result<Bytes> get(const std::string& name, std::uint64_t offset = 0) {
    return get_all(transport_, {url(name), kLimit, offset, ""});
  }
  std::string talk(std::string_view request) {
    RawClient client(port());
    client.send(request);
    client.finish_sending();
    return client.receive_all();
  }

  test::TemporaryDirectory directory_;
  sys::posix::FileSystem disk_;
  sys::posix::Clock clock_;
  sys::curl::Transport transport_{{}};
  std::vector<std::string> log_;  ///< of the server's thread; read after stop()

 private:
  std::atomic<bool> stop_ = false;
  std::optional<Server> server_;
  std::jthread thread_;
};

TEST_F(RunningServer, GivesWholeRestAndNothingBeyondTheEnd) {
  EXPECT_EQ(to_text(*get("a")), "0123456789");
  EXPECT_EQ(to_text(*get("a", 7)), "789");
  const auto ignore = [](std::uint64_t, ByteView) -> Status { return {}; };
  for (const std::uint64_t offset : {10U, 99U}) {
    const Result<sys::Response> beyond = transport_.get({url("a"), kLimit, offset, ""}, ignore);
    ASSERT_TRUE(beyond);
    EXPECT_EQ(beyond->offset, 10U);
  }
  EXPECT_EQ(get("none").error().kind(), ErrorKind::NotFound);
}

TEST_F(RunningServer, AnswersAPollWithNothingNewInFewBytes) {
  const auto ignore = [](std::uint64_t, ByteView) -> Status { return {}; };
  const std::string etag = transport_.get({url("a"), kLimit, 0, ""}, ignore)->etag;
  const std::uint64_t before = transport_.received_bytes();
  const Result<sys::Response> same = transport_.get({url("a"), kLimit, 0, etag}, ignore);
  EXPECT_TRUE(same->not_modified);
  EXPECT_LT(transport_.received_bytes() - before, 80U);
  put("a", "9876543210");
  const Result<sys::Response> fresh = transport_.get({url("a"), kLimit, 0, etag}, ignore);
  EXPECT_FALSE(fresh->not_modified);
  EXPECT_NE(fresh->etag, etag);
}

TEST_F(RunningServer, GivesLargeFilesWholeAndFromTheMiddle) {
  std::string large(5'000'001, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 7 + i / 1000);
  put("large", large);
  EXPECT_TRUE(to_text(*get("large")) == large);
  EXPECT_TRUE(to_text(*get("large", 3'000'000)) == large.substr(3'000'000));
}

TEST_F(RunningServer, MeetsTheTransportsLimit) {
  const Result<Bytes> refused = get_all(transport_, {url("a"), 9, 0, ""});
  EXPECT_EQ(refused.error().kind(), ErrorKind::NoSpace);
  EXPECT_EQ(to_text(*get_all(transport_, {url("a"), 10, 0, ""})), "0123456789");
  EXPECT_EQ(to_text(*get_all(transport_, {url("a"), 3, 7, ""})), "789");
}

TEST_F(RunningServer, KeepsOneConnectionForManyRequestsEvenAcrossErrors) {
  const std::string answers = talk(
      "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\n"
      "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\nRange: bytes=-1\r\n"
      "Connection: close\r\n\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(answers, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answers, HasSubstr("\r\n\r\n0123456789HTTP/1.1 404 Not Found\r\n"));
  EXPECT_THAT(answers, HasSubstr("\r\n\r\nHTTP/1.1 206 Partial Content\r\n"));
  EXPECT_THAT(answers, EndsWith("Connection: close\r\n\r\n9"));
}

TEST_F(RunningServer, ClosesAfterAnOldClientsRequest) {
  EXPECT_THAT(talk("GET /a HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\n0123456789")));
}

TEST_F(RunningServer, RefusesWhatIsNoRequest) {
  for (const char* garbage : {"hello\r\n\r\n", "GET /a\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
                              "GET /a HTTP/1.1\r\nno colon\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"}) {
    EXPECT_THAT(talk(garbage), StartsWith("HTTP/1.1 400 ")) << garbage;
  }
  EXPECT_THAT(talk("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(talk("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 431 "));
  EXPECT_EQ(talk("GET /a HTT"), "");
  EXPECT_EQ(to_text(*get("a")), "0123456789");
}

TEST_F(RunningServer, NeverServesWhatLiesOutside) {
  for (const char* target : {"/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
                             "/..%2f..%2fetc%2fpasswd", "/a/../../etc/passwd"}) {
    EXPECT_THAT(talk("GET " + std::string(target) + " HTTP/1.1\r\nConnection: close\r\n\r\n"),
                StartsWith("HTTP/1.1 404 "))
        << target;
  }
}

TEST_F(RunningServer, ServesOthersWhileHundredsDawdle) {
  std::vector<std::unique_ptr<RawClient>> dawdlers;
  for (int i = 0; i < 300; ++i) {
    dawdlers.push_back(std::make_unique<RawClient>(port()));
    dawdlers.back()->send("GET /a HTTP/1.1\r\nX: ");
  }
  EXPECT_EQ(to_text(*get("a")), "0123456789");
  dawdlers.front()->send("y\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(dawdlers.front()->receive_all(), EndsWith("0123456789"));
}

TEST_F(RunningServer, LogsOneLineARequestWithAllBytesItCost) {
  ASSERT_TRUE(get("a"));
  const std::uint64_t whole = transport_.received_bytes();
  ASSERT_FALSE(get("none"));
  const std::uint64_t nothing = transport_.received_bytes() - whole;
  stop();
  EXPECT_THAT(log_, testing::ElementsAre("127.0.0.1 GET /a 200 " + std::to_string(whole),
                                         "127.0.0.1 GET /none 404 " + std::to_string(nothing)));
}

TEST_F(RunningServer, RefusesAPortThatIsTakenAndAnAddressThatIsNone) {
  const auto listen = [&](const Listen& where) {
    return Server::listen(std::move(*Folder::open(disk_, clock_, directory_.path())), where, {});
  };
  EXPECT_EQ(listen({"127.0.0.1", port()}).error().kind(), ErrorKind::Conflict);
  EXPECT_EQ(listen({"localhost", 0}).error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(listen({"203.0.113.1", 0}).error().kind(), ErrorKind::Invalid);
}

TEST_F(RunningServer, AnswersThousandsOfRequestsOfManyClients) {
  constexpr int kClients = 8;
  constexpr int kRequests = 250;
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < kClients; ++client) {
      clients.emplace_back([&] {
        sys::curl::Transport transport{{}};
        for (int i = 0; i < kRequests; ++i) {
          const Result<Bytes> body = get_all(transport, {url("a"), kLimit, 0, ""});
          if (body && as_text(*body) == "0123456789") ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, kClients * kRequests);
}

TEST_F(RunningServer, EndsWithConnectionsOpen) {
  RawClient idle(port());
  RawClient busy(port());
  busy.send("GET /a HTTP/1.1\r\n");
  stop();
}

}  // namespace
}  // namespace interlude::serve
