#pragma once
// A publisher, a client that has followed it, and an attacker between them. A test arranges what
// the attacker does; what it expects must hold because of one check, which scripts/mutate.sh takes
// out to see the test fail. docs/security/attacks.md lists attack, check and test.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/client.hpp"
#include "tuf/test_publisher.hpp"

namespace interlude::tuf {

class Attack : public testing::Test {
 protected:
  Attack() {
    publisher.roles["targets"]["targets"]["file"] = TestPublisher::target(kContent);
    publisher.publish(transport);
    provision();
  }

  void provision() { EXPECT_TRUE(Client::initialise(disk, kDirectory, publisher.file("root"))); }

  Client client() { return {disk, transport, clock, kDirectory, mirrors_at({kUrl})}; }
  Status refresh() { return client().refresh(); }

  /// The next refresh is refused, and the client still has what it had of `role`.
  void expect_refused(const std::string& role) {
    const std::string before = stored(role);
    const Status refreshed = refresh();
    EXPECT_FALSE(refreshed) << "the attack went through";
    EXPECT_EQ(stored(role), before);
  }

  /// "" where nothing is stored.
  std::string stored(const std::string& role) {
    const Result<Bytes> raw = disk.read(kDirectory + "/" + role + ".json", 1'000'000);
    return raw ? to_text(*raw) : "";
  }
  bool trusts(const std::string& role, const std::string& words) {
    return stored(role).find(words) != std::string::npos;
  }

  /// Serves `role` with these signed members, signed by `keys`, where clients look for it.
  void serve(const std::string& role, const std::vector<crypto::PrivateKey>& keys) {
    transport.put(publisher.url_of(role), signed_by(publisher.roles[role], keys));
  }

  std::size_t requests_for(const std::string& part) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        transport.requests(),
        [&](const sys::Request& request) { return request.url.find(part) != std::string::npos; }));
  }

  static constexpr std::string_view kContent = "the genuine file";

  TestPublisher publisher;
  const crypto::PrivateKey attacker = crypto::PrivateKey::generate();
  sys::sim::FileSystem disk;
  sys::sim::Transport transport;
  sys::sim::Clock clock{kNow};
};

/// `text` with the first `from` in it replaced by `to`.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "the test's text has no " << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace interlude::tuf
