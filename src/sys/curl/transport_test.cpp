// What needs no server; src/serve tests this transport against a real one.

#include "sys/curl/transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temporary_directory.hpp"
#include "sys/curl/content_range.hpp"
#include "sys/posix/file_system.hpp"

namespace interlude::sys::curl {
namespace {

using testing::HasSubstr;

class FileUrl : public testing::Test {
 protected:
  FileUrl() {
    if (!disk_.write(directory_.path() + "/a b", as_bytes("0123456789"), 0644)) std::abort();
  }
  Result<Bytes> get(const std::string& name, std::uint64_t offset = 0, std::uint64_t limit = 100) {
    return get_all(transport_, {"file://" + directory_.path() + "/" + name, limit, offset, ""});
  }

  test::TemporaryDirectory directory_;
  posix::FileSystem disk_;
  Transport transport_{{}};
};

TEST_F(FileUrl, GivesWholeAndRest) {
  EXPECT_EQ(to_text(*get("a%20b")), "0123456789");
  EXPECT_EQ(to_text(*get("a%20b", 7)), "789");
  EXPECT_EQ(transport_.received_bytes(), 13U);
}

TEST_F(FileUrl, GivesNothingAtOrBeyondTheEnd) {
  EXPECT_EQ(to_text(*get("a%20b", 10)), "");
  EXPECT_EQ(to_text(*get("a%20b", 11)), "");
}

TEST_F(FileUrl, RefusesMoreThanTheLimit) {
  EXPECT_EQ(get("a%20b", 0, 9).error().kind(), ErrorKind::NoSpace);
  EXPECT_TRUE(get("a%20b", 0, 10));
  EXPECT_TRUE(get("a%20b", 5, 5));
}

TEST_F(FileUrl, OfNothingIsNotFound) {
  EXPECT_EQ(get("none").error().kind(), ErrorKind::NotFound);
}

TEST_F(FileUrl, EndsWithTheErrorOfItsTaker) {
  const auto refuse = [](std::uint64_t, ByteView) -> Status {
    return fail(ErrorKind::Corrupt, "not what I wanted");
  };
  const Result<Response> response =
      transport_.get({"file://" + directory_.path() + "/a%20b", 100, 0, ""}, refuse);
  EXPECT_EQ(response.error().kind(), ErrorKind::Corrupt);
  EXPECT_EQ(response.error().message(), "not what I wanted");
}

TEST(Url, MustNameAKnownScheme) {
  Transport transport{{}};
  for (const char* url :
       {"", "localhost/x", "ftp://localhost/x", "http:/x", "HTTP://", "http://"}) {
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
