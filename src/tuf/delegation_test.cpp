// Which delegated role may speak for a path, and the search through all of them.

#include <gmock/gmock.h>

#include "sys/sim/clock.hpp"
#include "sys/sim/file_system.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/client.hpp"
#include "tuf/test_publisher.hpp"
#include "tuf/workflow.hpp"

namespace interlude::tuf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Delegation with_paths(std::vector<std::string> paths) {
  return {"role", {}, false, std::move(paths), {}};
}

TEST(Pattern, MatchesWithinOnePartOfThePath) {
  struct Case {
    std::string pattern;
    std::string path;
    bool matches;
  };
  const std::vector<Case> cases = {
      {"a/b", "a/b", true},
      {"a/b", "a/B", false},
      {"*", "a", true},
      {"*", "a/b", false},
      {"*/*", "a/b", true},
      {"a/*", "a/", true},
      {"a/*", "b/x", false},
      {"a/*", "a/x/y", false},
      {"a*c", "abbbc", true},
      {"a*c", "abbbd", false},
      {"a*b*c", "a1b2b3c", true},
      {"*.tar.*", "x.tar.gz", true},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"a?c", "a/c", false},
      {"?", "\xc3\xa4", true},
      {"", "", true},
      {"", "a", false},
      {"[ab]", "a", false},
      {"[ab]", "[ab]", true},
      {"a/*/*", "a/b/../../etc", false},
      {"**", "ab", true},
      {"s/p/1/*/*", "s/p/1/a/x", true},
      {"s/p/1/*/*", "s/p/10/a/x", false},
      {"\\*", "*", false},
      {".*", ".x", true},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(matches(with_paths({one.pattern}), one.path), one.matches)
        << one.pattern << " on " << one.path;
  }
  EXPECT_TRUE(matches(with_paths({"x", "a"}), "a")) << "any of several";
  EXPECT_FALSE(matches(with_paths({}), "a"));
}

TEST(Pattern, WorstCaseIsNotExponential) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a*";
  EXPECT_FALSE(matches(with_paths({pattern + "b"}), std::string(4000, 'a')));
}

TEST(HashPrefix, MatchesTheStartOfThePathsHash) {
  const std::string digest = crypto::sha256(as_bytes("a/x")).hex();
  EXPECT_TRUE(matches({"r", {}, false, {}, {digest.substr(0, 3)}}, "a/x"));
  EXPECT_TRUE(matches({"r", {}, false, {}, {"zz", digest}}, "a/x"));
  EXPECT_FALSE(matches({"r", {}, false, {}, {digest.substr(1, 4)}}, "a/x"));
}

TEST(SuccinctRoles, NameTheOneBinOfAPath) {
  Targets targets;
  SuccinctRoles succinct;
  succinct.name_prefix = "bin";
  const std::string digest = crypto::sha256(as_bytes("a/x")).hex();
  const std::uint64_t first = std::stoull(digest.substr(0, 8), nullptr, 16);
  struct Case {
    std::uint64_t bits;
    std::string name;
  };
  const std::vector<Case> cases = {{1, digest[0] >= '8' ? "bin-1" : "bin-0"},
                                   {4, "bin-" + digest.substr(0, 1)},
                                   {8, "bin-" + digest.substr(0, 2)},
                                   {16, "bin-" + digest.substr(0, 4)},
                                   {32, "bin-" + digest.substr(0, 8)}};
  for (const Case& one : cases) {
    succinct.bit_length = one.bits;
    targets.succinct = succinct;
    const std::vector<Delegation> found = delegations_for(targets, "a/x");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].name, one.name);
    EXPECT_TRUE(found[0].terminating);
  }
  succinct.bit_length = 5;  // two digits for 0 … 1f
  targets.succinct = succinct;
  const std::string name = delegations_for(targets, "a/x")[0].name;
  EXPECT_EQ(name.size(), 6U);
  EXPECT_EQ(std::stoull(name.substr(4), nullptr, 16), first >> 27U);
}

class Search : public testing::Test {
 protected:
  /// Publishes, and gives a client that has refreshed.
  Client& follow() {
    publisher.publish(transport);
    EXPECT_TRUE(Client::initialise(disk, kDirectory, publisher.file("root")));
    client_.emplace(disk, transport, clock, kDirectory, mirrors_at({kUrl}));
    const Status refreshed = client_->refresh();
    EXPECT_TRUE(refreshed) << refreshed.error().message();
    return *client_;
  }

  void put(const std::string& role, const std::string& path, std::string_view content) {
    publisher.roles[role]["targets"][path] = TestPublisher::target(content);
  }

  /// Delegated roles asked for so far, in order.
  std::vector<std::string> asked() const {
    std::vector<std::string> all;
    for (const sys::Request& request : transport.requests()) {
      const std::string file = interlude::file_name_of(request.url);
      const bool top = file.find("root") != std::string::npos || file == "timestamp.json" ||
                       file.ends_with("snapshot.json") || file.ends_with(".targets.json");
      if (!top) all.push_back(file);
    }
    return all;
  }

  TestPublisher publisher;
  sys::sim::FileSystem disk;
  sys::sim::Transport transport;
  sys::sim::Clock clock{kNow};

 private:
  std::optional<Client> client_;
};

TEST_F(Search, GoesDepthFirstInOrder) {
  publisher.delegate("targets", "a", {"*"});
  publisher.delegate("targets", "d", {"*"});
  publisher.delegate("a", "b", {"*"});
  publisher.delegate("a", "c", {"*"});
  put("d", "x", "of d");
  const Result<Target> found = follow().find("x");
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_THAT(asked(), ElementsAre("1.a.json", "1.b.json", "1.c.json", "1.d.json"));
}

TEST_F(Search, AsksOnlyRolesWhosePatternsMatch) {
  publisher.delegate("targets", "other", {"b/*"});
  publisher.delegate("targets", "role", {"a/*"});
  put("role", "a/x", "x");
  put("other", "a/x", "not its to say");
  const Result<Target> found = follow().find("a/x");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->length, 1U);
  EXPECT_THAT(asked(), ElementsAre("1.role.json"));
}

TEST_F(Search, EveryDelegationOfTheChainMustMatch) {
  publisher.delegate("targets", "outer", {"a/*"});
  publisher.delegate("outer", "inner", {"*/*"});
  put("inner", "b/x", "x");
  EXPECT_EQ(follow().find("b/x").error().kind(), ErrorKind::NotFound);
}

TEST_F(Search, EndsAtATerminatingDelegation) {
  publisher.delegate("targets", "first", {"*"}, true);
  publisher.delegate("targets", "second", {"*"});
  put("second", "x", "x");
  EXPECT_EQ(follow().find("x").error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(asked(), ElementsAre("1.first.json"));
}

TEST_F(Search, EndsAtATerminatingDelegationFurtherDown) {
  publisher.delegate("targets", "outer", {"*"});
  publisher.delegate("targets", "second", {"*"});
  publisher.delegate("outer", "inner", {"*"}, true);
  put("second", "x", "x");
  EXPECT_EQ(follow().find("x").error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(asked(), ElementsAre("1.outer.json", "1.inner.json"));
}

TEST_F(Search, SurvivesCycles) {
  publisher.delegate("targets", "a", {"*"});
  publisher.delegate("a", "b", {"*"});
  publisher.delegate("b", "a", {"*"});
  EXPECT_EQ(follow().find("x").error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(asked(), ElementsAre("1.a.json", "1.b.json"));
}

TEST_F(Search, StopsAtTheCapOfVisitedRoles) {
  for (int i = 0; i < 40; ++i) publisher.delegate("targets", "r" + std::to_string(i), {"*"});
  put("r39", "x", "x");
  put("r31", "y", "y");
  Client& client = follow();
  EXPECT_EQ(client.find("x").error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(asked().size(), 32U);
  EXPECT_TRUE(client.find("y"));
}

TEST_F(Search, RoleThatTheSnapshotDoesNotListIsRefusedWithoutARequest) {
  publisher.delegate("targets", "role", {"*"});
  publisher.publish(transport);
  publisher.roles["snapshot"]["meta"].erase("role.json");
  publisher.serve_snapshot(transport);
  ASSERT_TRUE(Client::initialise(disk, kDirectory, publisher.file("root")));
  Client client(disk, transport, clock, kDirectory, mirrors_at({kUrl}));
  ASSERT_TRUE(client.refresh());
  EXPECT_EQ(client.find("x").error().kind(), ErrorKind::Untrusted);
  EXPECT_THAT(client.delegated("role").error().message(), HasSubstr("does not list"));
  EXPECT_TRUE(asked().empty());
}

TEST_F(Search, RoleThatCannotBeVerifiedEndsIt) {
  publisher.delegate("targets", "broken", {"*"});
  publisher.delegate("targets", "fine", {"*"});
  put("fine", "x", "x");
  publisher.add_key("broken");
  EXPECT_EQ(follow().find("x").error().kind(), ErrorKind::Untrusted);
}

// A role that two delegate to, with different keys: having verified it once says nothing about the
// other way to it.
TEST_F(Search, RoleReachedThroughASecondDelegatorNeedsThatOnesKeys) {
  publisher.delegate("targets", "a", {"1*"});
  publisher.delegate("targets", "b", {"2*"});
  publisher.delegate("a", "shared", {"1*"});
  const crypto::PrivateKey good = publisher.keys.at("shared");
  publisher.add_key("shared");
  publisher.delegate("b", "shared", {"2*"});
  publisher.keys.insert_or_assign("shared", good);
  put("shared", "1x", "x");
  put("shared", "2x", "x");
  Client& client = follow();
  EXPECT_TRUE(client.find("1x"));
  EXPECT_EQ(client.find("2x").error().kind(), ErrorKind::Untrusted);
}

TEST_F(Search, PercentEncodesRoleNamesWhole) {
  publisher.delegate("targets", "../odd role?", {"*"});
  put("../odd role?", "x", "x");
  EXPECT_TRUE(follow().find("x"));
  EXPECT_THAT(asked(), ElementsAre("1...%2Fodd%20role%3F.json"));
  EXPECT_TRUE(sys::exists(disk, kDirectory + "/..%2Fodd%20role%3F.json"));
}

TEST_F(Search, UsesHashPrefixesAndBins) {
  publisher.delegate("targets", "prefixed", {});
  json::Value& delegation = publisher.roles["targets"]["delegations"]["roles"][0];
  delegation.erase("paths");
  delegation["path_hash_prefixes"] = {crypto::sha256(as_bytes("x")).hex().substr(0, 2)};
  put("prefixed", "x", "x");
  Client& client = follow();
  EXPECT_TRUE(client.find("x"));
  EXPECT_FALSE(client.find("y"));
}

TEST_F(Search, DelegatedGivesOnlyWhatThePatternsAllow) {
  publisher.delegate("targets", "role", {"a/*"});
  publisher.roles["role"]["rollout"] = "required";
  put("role", "a/x", "x");
  put("role", "b/x", "x");
  const Result<TargetsRole> role = follow().delegated("role");
  ASSERT_TRUE(role);
  EXPECT_EQ(role->targets.size(), 1U);
  EXPECT_TRUE(role->targets.contains("a/x"));
  EXPECT_EQ(role->extra, json::Value({{"rollout", "required"}}));
}

TEST_F(Search, DelegatedFetchesACurrentRoleOnce) {
  publisher.delegate("targets", "role", {"*"});
  Client& client = follow();
  EXPECT_TRUE(client.delegated("role"));
  EXPECT_TRUE(client.delegated("role"));
  EXPECT_EQ(asked().size(), 1U);
}

TEST_F(Search, DelegatedKnowsWhatIsNotDelegated) {
  EXPECT_EQ(follow().delegated("role").error().kind(), ErrorKind::NotFound);
}

TEST_F(Search, NeedsMetadataFirst) {
  Client client(disk, transport, clock, kDirectory, mirrors_at({kUrl}));
  EXPECT_EQ(client.find("x").error().kind(), ErrorKind::Internal);
}

}  // namespace
}  // namespace interlude::tuf
