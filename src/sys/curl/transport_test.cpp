// What needs no server; src/serve tests this transport against a real one.

#include "sys/curl/transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include "sys/curl/addresses.hpp"
#include "sys/curl/content_range.hpp"
#include "sys/posix/unique_fd.hpp"

namespace interlude::sys::curl {
namespace {

using testing::HasSubstr;

TEST(Url, MustNameAKnownScheme) {
  Transport transport{{}};
  for (const char* url : {"", "localhost/x", "ftp://localhost/x", "http:/x", "HTTP://", "http://",
                          "file:///etc/passwd"}) {
    const Result<Bytes> body = get_all(transport, {url, 100, 0, ""});
    ASSERT_FALSE(body) << url;
    EXPECT_EQ(body.error().kind(), ErrorKind::Invalid) << url << body.error().message();
  }
}

TEST(Url, OfNobodyIsUnavailable) {
  Transport transport{{}};
  // Port 1 of the loopback: nobody listens there.
  const Result<Bytes> body = get_all(transport, {"http://127.0.0.1:1/x", 100, 0, ""});
  EXPECT_EQ(body.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(body.error().message(), HasSubstr("http://127.0.0.1:1/x: "));
}

TEST(Abort, EndsATransferAsCancelled) {
  Options options;
  options.aborted = [] { return true; };
  Transport transport(std::move(options));
  EXPECT_EQ(get_all(transport, {"http://127.0.0.1:1/x", 100, 0, ""}).error().kind(),
            ErrorKind::Cancelled);
}

/// A server that begins to answer, and then sends a byte now and then until nobody listens.
class TricklingServer {
 public:
  TricklingServer() {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    auto* const address = reinterpret_cast<sockaddr*>(&here);
    if (::bind(listening_.get(), address, size) != 0 || ::listen(listening_.get(), 1) != 0 ||
        ::getsockname(listening_.get(), address, &size) != 0) {
      throw std::runtime_error("no server");
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(here.sin_port)) + "/";
    thread_ = std::jthread([this] { answer(); });
  }
  const std::string& url() const { return url_; }

 private:
  void answer() const {
    const posix::UniqueFd client(::accept(listening_.get(), nullptr, nullptr));
    std::string words = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    while (::send(client.get(), words.data(), words.size(), MSG_NOSIGNAL) > 0) {
      pollfd gone{client.get(), POLLRDHUP, 0};
      if (::poll(&gone, 1, 50) > 0 && (gone.revents & POLLRDHUP) != 0) return;
      words = "x";
    }
  }

  posix::UniqueFd listening_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::string url_;
  std::jthread thread_;
};

TEST(SlowRetrieval, IsGivenUp) {
  const TricklingServer server;
  Options options;
  options.slow = std::chrono::seconds(1);
  Transport transport(std::move(options));
  const Result<Bytes> body = get_all(transport, {server.url(), 100'000, 0, ""});
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().kind(), ErrorKind::Unavailable);
  EXPECT_THAT(body.error().message(), HasSubstr("too slow"));
}

TEST(ContentRange, SaysWhereTheBodyStarts) {
  EXPECT_EQ(start_of_content("bytes 5-9/10"), 5U);
  EXPECT_EQ(start_of_content("bytes 0-9/*"), 0U);
  EXPECT_EQ(start_of_content("bytes */10"), 10U);
  for (const char* bad :
       {"", "bytes", "bytes ", "bytes -9/10", "bytes x-9/10", "bytes */", "bytes */*",
        "bytes */10x", "bytes 5", "lines 5-9/10", "bytes 99999999999999999999-1/2"}) {
    EXPECT_EQ(start_of_content(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace interlude::sys::curl
