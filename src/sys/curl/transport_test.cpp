// What needs no server; src/serve tests this transport against a real one.

#include "sys/curl/transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/curl/addresses.hpp"
#include "sys/curl/content_range.hpp"

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
