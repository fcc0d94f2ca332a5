#pragma once
// A client of one publisher, both in memory: what the tests of tuf::Client begin from.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/client.hpp"
#include "tuf/test_publisher.hpp"

namespace interlude::tuf {

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    publisher.roles["targets"]["targets"]["top"] = TestPublisher::target("top");
    publisher.publish(transport);
    provision();
  }

  void provision() { EXPECT_TRUE(Client::initialise(disk, kDirectory, publisher.file("root"))); }

  Client client(const std::vector<std::string>& urls = {kUrl}) {
    return {disk, transport, clock, kDirectory, mirrors_at(urls)};
  }

  Status refresh() { return client().refresh(); }

  /// Expects a refresh to be refused with this kind and words.
  void refuses(ErrorKind kind, const std::string& words) {
    const Status refreshed = refresh();
    ASSERT_FALSE(refreshed);
    EXPECT_EQ(refreshed.error().kind(), kind) << refreshed.error().message();
    EXPECT_THAT(refreshed.error().message(), testing::HasSubstr(words));
  }

  std::vector<std::string> names() { return *disk.list(kDirectory); }

  /// File names asked for since the last call.
  std::vector<std::string> asked() {
    std::vector<std::string> all;
    for (std::size_t i = seen_; i < transport.requests().size(); ++i) {
      all.push_back(interlude::file_name_of(transport.requests()[i].url));
    }
    seen_ = transport.requests().size();
    return all;
  }

  std::string stored(const std::string& name) {
    return to_text(*disk.read(join(kDirectory, name), 1'000'000));
  }

  TestPublisher publisher;
  sys::sim::FileSystem disk;
  sys::sim::Transport transport;
  sys::sim::Clock clock{kNow};

 private:
  std::size_t seen_ = 0;
};

}  // namespace interlude::tuf
