#include "probes/probe_file.hpp"

#include <gmock/gmock.h>

namespace interlude::probes {
namespace {

using improvement::Probe;
using testing::HasSubstr;

constexpr std::string_view kFile = R"([[probe]]
component = "openssl"
name = "handshake"
command = ["/usr/bin/openssl", "version"]
seconds = 5

[[probe]]
name = "web"
unit = "nginx.service"

[[probe]]
name = "port"
connect = "tcp:127.0.0.1:443"

[[restart]]
component = "openssl"
units = ["nginx.service"]
never = ["postgresql@*.service"]
)";

std::string refusal(std::string_view text, By by = By::Publisher) {
  const auto read = parse_probe_file(text, "p.toml", by);
  EXPECT_FALSE(read) << text;
  return read ? "" : read.error().message();
}

TEST(ProbeFile, ReadsProbesAndRules) {
  const auto read = parse_probe_file(kFile, "p.toml", By::Publisher);
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->probes.size(), 3U);
  EXPECT_EQ(read->probes[0].probe,
            (Probe{"handshake", Probe::Kind::Command, {"/usr/bin/openssl", "version"}, "", 5}));
  EXPECT_EQ(read->probes[1].probe, (Probe{"web", Probe::Kind::Unit, {}, "nginx.service", 10}));
  EXPECT_EQ(read->probes[2].probe,
            (Probe{"port", Probe::Kind::Socket, {}, "tcp:127.0.0.1:443", 10}));
  ASSERT_EQ(read->restarts.size(), 1U);
  EXPECT_EQ(read->restarts[0].rules.never, std::vector<std::string>{"postgresql@*.service"});
}

TEST(ProbeFile, RefusesWhatMeansNothing) {
  EXPECT_THAT(refusal("[[probe]]\nname = \"x\"\n"), HasSubstr("p.toml:1"));
  EXPECT_THAT(refusal("[[probe]]\nname = \"x\"\nunit = \"a.service\"\nconnect = \"unix:/a\"\n"),
              HasSubstr("one of"));
  EXPECT_THAT(refusal("[[probe]]\nname = \"x\"\ncommand = [\"true\"]\n"), HasSubstr("absolute"));
  EXPECT_THAT(refusal("[[probe]]\nname = \"x\"\nconnect = \"tcp:10.0.0.1:80\"\n"),
              HasSubstr("127.0.0.1"));
  EXPECT_THAT(refusal("[[probe]]\nname = \"x\"\nunit = \"../a.service\"\n"), HasSubstr("unit"));
  EXPECT_THAT(refusal("[[probe]]\nname = \"x\"\nunit = \"a.service\"\nseconds = 0\n"),
              HasSubstr("seconds"));
  EXPECT_THAT(refusal("[[restart]]\nunits = [\"*.service\"]\n"), HasSubstr("units"));
  EXPECT_THAT(refusal("[[prove]]\n"), HasSubstr("prove"));
  const std::string twice = "[[probe]]\nname = \"x\"\nunit = \"a.service\"\n";
  EXPECT_THAT(refusal(twice + twice), HasSubstr("twice"));
}

TEST(ProbeFile, LocalOnesAreAboutTheDevice) {
  EXPECT_THAT(refusal(kFile, By::Administrator), HasSubstr("restart"));
  EXPECT_THAT(refusal("[[probe]]\ncomponent = \"c\"\nname = \"x\"\nunit = \"a.service\"\n",
                      By::Administrator),
              HasSubstr("whole device"));
}

}  // namespace
}  // namespace interlude::probes
