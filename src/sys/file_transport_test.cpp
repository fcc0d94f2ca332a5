#include "sys/file_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/sim/file_system.hpp"

namespace interlude::sys {
namespace {

class FileUrl : public testing::Test {
 protected:
  FileUrl() {
    if (!disk_.write("/a b", as_bytes("0123456789"), 0644)) std::abort();
  }
  Result<Bytes> get(const std::string& url, std::uint64_t offset = 0, std::uint64_t limit = 100) {
    return get_all(transport_, {url, limit, offset, ""});
  }

  sim::FileSystem disk_;
  FileTransport transport_{[this](const Path& file) { return disk_.open(file); }};
};

TEST_F(FileUrl, GivesWholeAndRest) {
  EXPECT_EQ(to_text(*get("file:///a%20b")), "0123456789");
  EXPECT_EQ(to_text(*get("file:///a%20b", 7)), "789");
  EXPECT_EQ(transport_.received_bytes(), 13U);
}

TEST_F(FileUrl, GivesNothingAtOrBeyondTheEnd) {
  EXPECT_EQ(to_text(*get("file:///a%20b", 10)), "");
  EXPECT_EQ(to_text(*get("file:///a%20b", 11)), "");
}

TEST_F(FileUrl, RefusesMoreThanTheLimit) {
  EXPECT_EQ(get("file:///a%20b", 0, 9).error().kind(), ErrorKind::NoSpace);
  EXPECT_TRUE(get("file:///a%20b", 0, 10));
  EXPECT_TRUE(get("file:///a%20b", 5, 5));
}

TEST_F(FileUrl, OfNothingIsNotFound) {
  EXPECT_EQ(get("file:///none").error().kind(), ErrorKind::NotFound);
}

TEST_F(FileUrl, EndsWithTheErrorOfItsTaker) {
  const auto refuse = [](std::uint64_t, ByteView) -> Status {
    return fail(ErrorKind::Corrupt, "not what I wanted");
  };
  const Result<Response> response = transport_.get({"file:///a%20b", 100, 0, ""}, refuse);
  EXPECT_EQ(response.error().kind(), ErrorKind::Corrupt);
  EXPECT_EQ(response.error().message(), "not what I wanted");
}

TEST_F(FileUrl, MustBeAbsoluteAndWellFormed) {
  for (const char* url : {"file://host/a", "file:/a", "file:///a%", "file:///a%2", "file:///a%zz",
                          "file:///a%00", "file:///%0ab", "http://a/b"}) {
    EXPECT_EQ(get(url).error().kind(), ErrorKind::Invalid) << url;
  }
}

TEST(FileUrlOf, APathReadsBackAsIt) {
  for (const char* path : {"/", "/srv/mirror", "/a b/c%20d", "/\xC3\xA9t\xC3\xA9?#"}) {
    EXPECT_EQ(*path_of(file_url_of(path)), path);
  }
}

}  // namespace
}  // namespace interlude::sys
