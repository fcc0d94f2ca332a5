// What is said, and how: names, forms, sizes; and the files themselves.

#include "attack/fixture.hpp"

namespace interlude::tuf {
namespace {

using sys::sim::Fault;

// ── endless data ────────────────────────────────────────────────────────────────────────────────

/// The network, taken over: it sends twice the bytes that are allowed, and then twice as many.
class Flood final : public sys::Transport {
 public:
  explicit Flood(sys::Transport& behind) : behind_(behind) {}

  Result<sys::Response> get(const sys::Request& request, const sys::BodySink& sink) override {
    const Result<sys::Response> genuine = behind_.get(request, sink);
    if (!genuine) return genuine;
    const Bytes more(2 * request.limit_bytes);
    for (int i = 0; i < 2; ++i) {
      const Status taken = sink(request.limit_bytes, more);
      if (!taken) return std::unexpected(taken.error());
      ++taken_;
    }
    return genuine;
  }
  std::uint64_t received_bytes() const override { return behind_.received_bytes(); }
  std::optional<std::uint64_t> retry_after_seconds() const override { return std::nullopt; }

  /// How often too much was taken without complaint.
  int taken() const { return taken_; }

 private:
  sys::Transport& behind_;
  int taken_ = 0;
};

// The network process is not trusted either: who asks counts, too.
TEST_F(Attack, EndlessDataAsMetadata) {
  Flood flood(transport);
  EXPECT_FALSE(Client(disk, flood, clock, kDirectory, mirrors_at({kUrl})).refresh());
  EXPECT_EQ(flood.taken(), 0);
}

TEST_F(Attack, EndlessRoots) {
  const crypto::PrivateKey key = publisher.keys.at("root");
  for (int i = 0; i < 400; ++i) {
    publisher.bump("root");
    publisher.serve_root(transport, {key});
  }
  (void)refresh();
  EXPECT_EQ(requests_for(".root.json"), 256U);
}

TEST_F(Attack, EndlessDelegations) {
  for (int i = 0; i < 100; ++i) publisher.delegate("targets", "r" + std::to_string(i), {"*"});
  publisher.publish(transport);
  Client follower = client();
  ASSERT_TRUE(follower.refresh());
  EXPECT_FALSE(follower.find("absent"));
  EXPECT_EQ(requests_for(".r"), 32U + 1U) << "32 lists, and one that asks for the next root";
}

// ── delegation ──────────────────────────────────────────────────────────────────────────────────

// The key of one platform's list names a file of another platform.
TEST_F(Attack, ListSpeaksForAnotherPlatform) {
  publisher.delegate("targets", "mine", {"mine/*"});
  publisher.roles["mine"]["targets"]["other/evil"] = TestPublisher::target("evil");
  publisher.publish(transport);
  Client follower = client();
  ASSERT_TRUE(follower.refresh());
  const Result<TargetsRole> list = follower.delegated("mine");
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->targets.contains("other/evil"));
}

// A list after the terminating one.
TEST_F(Attack, ListAfterATerminatingOne) {
  publisher.delegate("targets", "responsible", {"*"}, true);
  publisher.delegate("targets", "eager", {"*"});
  publisher.roles["eager"]["targets"]["name"] = TestPublisher::target("evil");
  publisher.publish(transport);
  Client follower = client();
  ASSERT_TRUE(follower.refresh());
  EXPECT_FALSE(follower.find("name"));
}

// Its file would take the place of the trusted root.
TEST_F(Attack, DelegatedRoleCalledRoot) {
  publisher.delegate("targets", "other", {"*"});
  publisher.roles["targets"]["delegations"]["roles"][0]["name"] = "root";
  publisher.publish(transport);
  expect_refused("targets");
}

TEST_F(Attack, DelegatedRoleNamedTwice) {
  publisher.delegate("targets", "role", {"a/*"});
  publisher.delegate("targets", "role", {"b/*"});
  publisher.publish(transport);
  expect_refused("targets");
}

// ── names ───────────────────────────────────────────────────────────────────────────────────────

// A role's name must not leave the folder of trusted metadata.
TEST_F(Attack, RoleNameThatClimbs) {
  publisher.delegate("targets", "../../etc/passwd", {"*"});
  publisher.roles["../../etc/passwd"]["targets"]["name"] = TestPublisher::target("x");
  publisher.publish(transport);
  Client follower = client();
  ASSERT_TRUE(follower.refresh());
  ASSERT_TRUE(follower.find("name"));
  EXPECT_TRUE(sys::exists(disk, kDirectory + "/..%2F..%2Fetc%2Fpasswd.json"));
  EXPECT_EQ(requests_for("/metadata/1...%2F..%2Fetc%2Fpasswd.json"), 1U);
}

// Percent signs and other scripts mean themselves: neither decoded nor normalised.
TEST_F(Attack, TargetNameThatLooksEncoded) {
  // U+00E9, and e with U+0301: they look alike and are two names.
  for (const char* name : {"a%2Fb", "caf\xc3\xa9", "cafe\xcc\x81"}) {
    publisher.roles["targets"]["targets"][name] = TestPublisher::target(name);
  }
  publisher.bump("targets");
  publisher.publish(transport);
  Client follower = client();
  ASSERT_TRUE(follower.refresh());
  EXPECT_FALSE(follower.find("a/b"));
  EXPECT_NE(follower.find("caf\xc3\xa9")->hashes, follower.find("cafe\xcc\x81")->hashes);
  (void)follower.download(*follower.find("a%2Fb"), "/file", nullptr);
  EXPECT_EQ(requests_for(".a%252Fb"), 1U);
}

TEST_F(Attack, TargetNameThatClimbs) {
  publisher.roles["targets"]["targets"]["../evil"] = TestPublisher::target("evil");
  publisher.bump("targets");
  publisher.publish(transport);
  Client follower = client();
  ASSERT_TRUE(follower.refresh());
  EXPECT_FALSE(follower.download(*follower.find("../evil"), "/file", nullptr));
  EXPECT_EQ(requests_for("evil"), 0U);
}

// ── form ────────────────────────────────────────────────────────────────────────────────────────

class Form : public Attack {
 protected:
  /// The timestamp, with `extra` as one more member of what is signed; the signature fits nothing,
  /// so what is refused must be refused for its form.
  std::string refusal_of(const std::string& extra) {
    publisher.bump("timestamp");
    const std::string file =
        replaced(to_text(publisher.file("timestamp")), "\"_type\"", extra + ",\"_type\"");
    transport.put(publisher.url_of("timestamp"), to_bytes(file));
    const Status refreshed = refresh();
    return refreshed ? "accepted" : refreshed.error().message();
  }
};

TEST_F(Form, DuplicateMembers) {
  EXPECT_THAT(refusal_of("\"version\":1"), testing::HasSubstr("twice"));
}

TEST_F(Form, DeepNesting) {
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_THAT(refusal_of("\"x\":" + deep), testing::HasSubstr("nested"));
}

TEST_F(Form, HugeNumbers) {
  EXPECT_THAT(refusal_of("\"x\":9223372036854775808"), testing::HasSubstr("too large"));
}

// Numbers that programs read differently: their canonical form would be anybody's guess.
TEST_F(Form, NonCanonicalNumbers) {
  for (const char* number : {"1.0", "1e3", "1E30", "0.1", "99999999999999999999"}) {
    EXPECT_THAT(refusal_of("\"x\":" + std::string(number)), testing::HasSubstr("whole number"))
        << number;
  }
}

TEST_F(Form, BytesThatAreNoText) {
  for (const char* bytes : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\\ud800"}) {
    EXPECT_THAT(refusal_of("\"x\":\"" + std::string(bytes) + "\""), testing::HasSubstr("JSON"));
  }
}

// Layout, order and escapes of a file are free, what is signed is not: another writing of the same
// content verifies, other content in the same writing does not.
TEST_F(Attack, NonCanonicalJson) {
  ASSERT_TRUE(refresh());
  publisher.bump("timestamp");
  const std::string file = to_text(publisher.file("timestamp"));
  transport.put(publisher.url_of("timestamp"),
                to_bytes(replaced(file, "\"version\":2", "\"version\":3")));
  EXPECT_FALSE(refresh());
  transport.put(publisher.url_of("timestamp"),
                to_bytes(replaced(file, "\"timestamp\"", " \"\\u0074imestamp\"")));
  EXPECT_TRUE(refresh());
}

// A client that may do everything reads nothing of a stranger's: not even the error in it.
TEST_F(Attack, ParserFedByAStranger) {
  ASSERT_TRUE(refresh());
  transport.put(publisher.url_of("timestamp"),
                to_bytes(std::string_view(R"({"signatures":[],"signed":what no parser takes})")));
  Client strict(disk, transport, clock, kDirectory, mirrors_at({kUrl}), Reading::SignedFirst);
  const Status refreshed = strict.refresh();
  ASSERT_FALSE(refreshed);
  EXPECT_EQ(refreshed.error().kind(), ErrorKind::Untrusted) << refreshed.error().message();
}

// ── files ───────────────────────────────────────────────────────────────────────────────────────

class FileAttack : public Attack {
 protected:
  /// What is on disk under the target's name after a download.
  std::string fetched() {
    Client follower = client();
    EXPECT_TRUE(follower.refresh());
    const Result<Target> target = follower.find("file");
    EXPECT_TRUE(target);
    (void)follower.download(*target, "/file", nullptr);
    const Result<Bytes> content = disk.read("/file", 1'000'000);
    return content ? to_text(*content) : "nothing";
  }

  void serve_file(const std::string& content) {
    transport.put(kUrl + "/targets/" + crypto::sha256(as_bytes(kContent)).hex() + ".file",
                  to_bytes(content));
  }
};

TEST_F(FileAttack, MaliciousMirrorWithOtherBytes) {
  serve_file(std::string(kContent.size(), 'x'));
  EXPECT_EQ(fetched(), "nothing");
}

TEST_F(FileAttack, EndlessDataAsAFile) {
  serve_file(std::string(kContent));
  Flood flood(transport);
  Client follower = client();
  ASSERT_TRUE(follower.refresh());
  const Target target = *follower.find("file");
  Client flooded(disk, flood, clock, kDirectory, mirrors_at({kUrl}));
  ASSERT_TRUE(flooded.load());
  EXPECT_FALSE(flooded.download(target, "/file", nullptr));
  EXPECT_EQ(flood.taken(), 0);
}

// A list that gives only a hash that this program cannot compute.
TEST_F(FileAttack, HashOfAnUnknownKind) {
  json::Value& entry = publisher.roles["targets"]["targets"]["file"];
  entry["hashes"] = {{"md4", "00112233445566778899aabbccddeeff"}};
  publisher.bump("targets");
  publisher.publish(transport);
  transport.put(kUrl + "/targets/00112233445566778899aabbccddeeff.file",
                to_bytes(std::string(kContent)));
  EXPECT_EQ(fetched(), "nothing");
}

TEST_F(FileAttack, SlowRetrievalIsGivenUp) {
  serve_file(std::string(kContent));
  transport.fail("/targets/", {.kind = Fault::Kind::Slow, .after_bytes = 3});
  EXPECT_EQ(fetched(), "nothing");
}

}  // namespace
}  // namespace interlude::tuf
