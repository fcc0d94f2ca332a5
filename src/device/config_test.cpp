#include "device/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sys/sim/file_system.hpp"

namespace interlude::device {
namespace {

using testing::HasSubstr;

constexpr const char* kComplete =
    "platform = \"box\"\nbaseline_version = \"1\"\n[source]\nurls = [\"http://one\", "
    "\"http://two\"]\n"
    "[backend]\nkind = \"tree\"\ntree = \"/opt/app\"\n";

class ConfigFile : public testing::Test {
 protected:
  ConfigFile() {
    EXPECT_TRUE(sys::make_directories(disk_, layout_.drop_ins(), 0755));
    write(layout_.agent_toml(), kComplete);
  }
  void write(const Path& file, std::string_view text) {
    EXPECT_TRUE(disk_.write(file, as_bytes(text), 0644));
  }
  std::string refusal() {
    const auto config = load_config(disk_, layout_);
    if (config) return "accepted";
    EXPECT_EQ(config.error().kind(), ErrorKind::Invalid);
    return config.error().message();
  }

  sys::sim::FileSystem disk_;
  Layout layout_{"/root"};
};

TEST_F(ConfigFile, IsReadWithItsDefaults) {
  const auto config = load_config(disk_, layout_);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->source, "local");
  EXPECT_THAT(config->urls, testing::ElementsAre("http://one", "http://two"));
  EXPECT_EQ(config->poll_interval, std::chrono::hours(1));
  EXPECT_EQ(config->tree, "/opt/app");
  EXPECT_FALSE(config->hard_links);
}

TEST_F(ConfigFile, IsOverriddenByDropInsInTheOrderOfTheirNames) {
  write(join(layout_.drop_ins(), "10-a.toml"),
        "[poll]\ninterval_minutes = 5\n[source]\nproxy = \"p\"\n");
  write(join(layout_.drop_ins(), "20-b.toml"), "[poll]\ninterval_minutes = 7\n");
  write(join(layout_.drop_ins(), "30-c.toml.bak"), "nonsense");
  const auto config = load_config(disk_, layout_);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->poll_interval, std::chrono::minutes(7));
  EXPECT_EQ(config->proxy, "p");
}

TEST_F(ConfigFile, RefusesWhatItDoesNotKnowWithFileAndLine) {
  write(join(layout_.drop_ins(), "x.toml"), "\n[source]\nulrs = [\"http://three\"]\n");
  EXPECT_THAT(refusal(), HasSubstr("agent.d/x.toml:3: unknown key \"source.ulrs\""));
}

TEST_F(ConfigFile, RefusesValuesOfTheWrongKind) {
  const std::pair<const char*, const char*> cases[] = {
      {"platform = 12\n", "x.toml:1: platform: expected a text"},
      {"platform = \"../up\"\n", "x.toml:1: platform:"},
      {"[poll]\ninterval_minutes = 0\n", "x.toml:2: poll.interval_minutes: expected whole minutes"},
      {"[backend]\ntree = \"relative\"\n", "x.toml:2: backend.tree: expected an absolute path"},
      {"[backend]\nkind = \"magic\"\n", "x.toml:2: backend.kind: expected \"tree\" or \"overlay\""},
      {"[source]\nurls = []\n", "x.toml:2: source.urls: expected a list"},
      {"[source]\nurls = [\"ftp://x\"]\n", "x.toml:2: source.urls: expected https://HOST/"},
      {"[source]\nurls = [\"file://x\"]\n", "x.toml:2: source.urls: expected https://HOST/"},
      {"[source]\nproxy = \"http://\"\n", "x.toml:2: source.proxy: expected http://HOST:PORT"},
      {"[source]\nca_file = \"ca.pem\"\n", "x.toml:2: source.ca_file: expected an absolute path"},
      {"= broken\n", "x.toml:1: "},
  };
  for (const auto& [text, message] : cases) {
    write(join(layout_.drop_ins(), "x.toml"), text);
    EXPECT_THAT(refusal(), HasSubstr(message)) << text;
  }
}

TEST_F(ConfigFile, NamesTheKeyThatIsMissing) {
  write(layout_.agent_toml(), "platform = \"box\"\nbaseline_version = \"1\"\n");
  EXPECT_THAT(refusal(), HasSubstr("source.urls is missing"));
}

TEST_F(ConfigFile, StandsOverTheOneThatThePackageShips) {
  EXPECT_TRUE(sys::make_directories(disk_, parent_of(layout_.shipped_agent_toml()), 0755));
  write(layout_.shipped_agent_toml(),
        "[backend]\nkind = \"tree\"\ntree = \"/shipped\"\n[poll]\ninterval_minutes = 9\n");
  write(layout_.agent_toml(),
        "platform = \"box\"\nbaseline_version = \"1\"\n[source]\nurls = [\"http://one\"]\n"
        "[poll]\ninterval_minutes = 8\n");
  const auto config = load_config(disk_, layout_);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->tree, "/shipped");
  EXPECT_EQ(config->poll_interval, std::chrono::minutes(8));
}

TEST_F(ConfigFile, LeavesPlatformAndBaselineToTheOperatingSystem) {
  write(layout_.agent_toml(),
        "[source]\nurls = [\"http://one\"]\n[backend]\ntree = \"/opt/app\"\n");
  EXPECT_THAT(refusal(), HasSubstr("platform is missing"));
  write("/root/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
  write("/root/etc/debian_version", "12.11\n");
  const auto config = load_config(disk_, layout_);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->platform, "debian-12-" INTERLUDE_PROCESSOR);
  EXPECT_EQ(config->baseline_version, "12.11");
  write(join(layout_.drop_ins(), "x.toml"), "baseline_version = \"12.10\"\n");
  EXPECT_EQ(load_config(disk_, layout_)->baseline_version, "12.10");
}

TEST_F(ConfigFile, SaysHowToProvisionWhereThereIsNone) {
  const auto config = load_config(disk_, Layout("/elsewhere"));
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(config.error().message(), HasSubstr("interlude device init"));
}

TEST_F(ConfigFile, ReadsBackWhatWasWritten) {
  Config config;
  config.platform = "box";
  config.baseline_version = "1";
  config.urls = {"http://a/\"quoted\" one", "file:///mnt\\x"};
  config.proxy = "http://proxy";
  config.poll_interval = std::chrono::minutes(30);
  config.tree = "/opt/with space";
  config.hard_links = true;
  write(layout_.agent_toml(), to_toml(config));
  const auto read = load_config(disk_, layout_);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, config);
}

}  // namespace
}  // namespace interlude::device
