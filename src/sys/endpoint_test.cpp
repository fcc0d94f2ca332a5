#include "sys/endpoint.hpp"

#include <gtest/gtest.h>

namespace interlude::sys {
namespace {

TEST(Endpoint, OfAUrlIsItsHostAndPort) {
  EXPECT_EQ(endpoint_of("http://Example.ORG/x")->text(), "example.org:80");
  EXPECT_EQ(endpoint_of("https://example.org?x@y:1")->text(), "example.org:443");
  EXPECT_EQ(endpoint_of("http://user:secret@127.0.0.1:8080/x@y")->text(), "127.0.0.1:8080");
  EXPECT_EQ(endpoint_of("https://[::1]/")->text(), "[::1]:443");
  EXPECT_EQ(endpoint_of("https://[::1]:8443#x")->text(), "[::1]:8443");
}

TEST(Endpoint, OfAnythingElseIsRefused) {
  for (const char* url :
       {"", "example.org", "ftp://example.org/", "file:///etc/passwd", "http://", "http:///x",
        "http://a:/", "http://a:0/", "http://a:65536/", "http://a:1x/", "http://a b/",
        "http://[::1/", "http://[::1]x/", "http://a\n/", "http://\xC3\xA4/"}) {
    EXPECT_FALSE(endpoint_of(url)) << url;
  }
}

}  // namespace
}  // namespace interlude::sys
