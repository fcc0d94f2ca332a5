#include "tuf/unparsed.hpp"

#include <gmock/gmock.h>

#include "tuf/metadata.hpp"
#include "tuf/test_client.hpp"

namespace interlude::tuf {
namespace {

// Everything that the two forms write differently, and what both leave alone.
json::Value odd_content() {
  json::Value content = {{"_type", "x"}, {"list", {true, nullptr, -1}}, {"ä/€", "\\ \" / \x7f"}};
  content["pem"] = "-----BEGIN\nline\r\t\b\f\n";
  content[std::string("low\x01\x1f")] = std::string("\0", 1);
  return content;
}

TEST(Unparsed, IsTheCanonicalFormOfWhatWeWrite) {
  const auto key = crypto::PrivateKey::generate();
  const auto other = crypto::PrivateKey::generate(crypto::Scheme::EcdsaP256Sha256);
  const auto parts = take_apart(signed_by(odd_content(), {key, other}), "f");
  ASSERT_TRUE(parts) << parts.error().message();
  EXPECT_EQ(to_text(parts->content), json::canonical(odd_content()));
  ASSERT_EQ(parts->signatures.size(), 2U);
  for (const auto& [id, signature] : parts->signatures) {
    EXPECT_TRUE((id == key_id(key) ? key : other).public_key().verifies(parts->content, signature));
  }
}

TEST(Unparsed, TakesAFileThatNobodySigned) {
  const auto parts = take_apart(file_of({{"a", 1}}, json::Value::array()), "f");
  ASSERT_TRUE(parts);
  EXPECT_TRUE(parts->signatures.empty());
  EXPECT_EQ(to_text(parts->content), R"({"a":1})");
}

TEST(Unparsed, RefusesEveryOtherLayout) {
  const auto key = crypto::PrivateKey::generate();
  const json::Value file = *json::parse(signed_by({{"a", 1}}, {key}));
  const std::string id = key_id(key);
  const std::string once = R"({"keyid":"ab","sig":"00"})";
  for (const std::string& raw :
       {file.dump(1), " " + file.dump(), file.dump() + "\n", std::string("{}"), std::string(),
        std::string(R"({"signed":{},"signatures":[]})"),
        std::string(R"({"signatures":[],"signed":)"),
        R"({"signatures":[)" + once + once + R"(],"signed":{}})",
        R"({"signatures":[)" + once + "," + once + R"(],"signed":{}})",
        std::string(R"({"signatures":[{"sig":"00","keyid":"ab"}],"signed":{}})"),
        std::string(R"({"signatures":[{"keyid":"AB","sig":"00"}],"signed":{}})"),
        std::string(R"({"signatures":[],"signed":{"a":"\/"}})"),
        std::string(R"({"signatures":[],"signed":{"a":"\u0041"}})"),
        std::string(R"({"signatures":[],"signed":{"a":"\u00)")}) {
    const auto parts = take_apart(as_bytes(raw), "f.json");
    ASSERT_FALSE(parts) << raw;
    EXPECT_EQ(parts.error().kind(), ErrorKind::Corrupt);
    EXPECT_THAT(parts.error().message(), testing::HasSubstr("f.json: is not in the compact form"));
  }
}

TEST(Unparsed, HasNoFormWhereItIsCut) {
  const Bytes whole = signed_by(odd_content(), {crypto::PrivateKey::generate()});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parts = take_apart(ByteView(whole).first(size), "f");
    // Cut behind another brace it still has the form, and nobody's signature.
    EXPECT_FALSE(parts && to_text(parts->content) == json::canonical(odd_content())) << size;
  }
}

// Whatever a byte becomes: what is taken without parsing is taken with it, and says the same.
TEST(Unparsed, NeverTakesWhatParsingRefuses) {
  TestPublisher publisher;
  const Bytes whole = publisher.file("root");
  const auto root = *check_own_root(whole, "root.json");
  std::size_t taken = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int other : {int{whole[at]}, whole[at] ^ 1, int{' '}, int{'\\'}}) {
      Bytes changed = whole;
      changed[at] = static_cast<std::uint8_t>(other);
      if (!check_before_parsing(changed, root->root, "root.json")) continue;
      ++taken;
      EXPECT_TRUE(Verified<Root>::check(changed, root->root, "root.json")) << at;
    }
  }
  EXPECT_GE(taken, whole.size()) << "each byte as it was";
  EXPECT_LT(taken, whole.size() + 50);
}

class SignedFirst : public ClientTest {
 protected:
  Client strict() {
    return {disk, transport, clock, kDirectory, mirrors_at({kUrl}), Reading::SignedFirst};
  }
};

TEST_F(SignedFirst, FollowsOurRepositoriesWholly) {
  const crypto::PrivateKey old = publisher.keys.at("root");
  publisher.replace_key("root");
  publisher.bump("root");
  publisher.serve_root(transport, {old, publisher.keys.at("root")});
  const Status refreshed = strict().refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_THAT(stored("root.json"), testing::HasSubstr(R"("version":2)"));
}

TEST_F(SignedFirst, TakesNoOtherLayout) {
  const json::Value file = *json::parse(publisher.file("timestamp"));
  transport.put(publisher.url_of("timestamp"), to_bytes(file.dump(1)));
  const Status refreshed = strict().refresh();
  ASSERT_FALSE(refreshed);
  EXPECT_THAT(refreshed.error().message(), testing::HasSubstr("compact form"));
  EXPECT_TRUE(client().refresh());
}

// What one client trusts another may be handed, and verifies again.
class HandedOn : public ClientTest {};

TEST_F(HandedOn, EveryFileAsItIsTrusted) {
  publisher.bump("timestamp");
  publisher.publish(transport);
  Client first = client();
  ASSERT_TRUE(first.refresh());
  for (const auto& [file, role] : {std::pair("timestamp.json", "timestamp"),
                                   {"1.snapshot.json", "snapshot"},
                                   {"1.targets.json", "targets"},
                                   {"targets.json", "targets"}}) {
    const auto raw = first.metadata(file);
    ASSERT_TRUE(raw) << file;
    EXPECT_EQ(*raw, publisher.file(role)) << file;
  }
  EXPECT_EQ(first.metadata("1.nobody.json").error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(first.metadata("2.root.json").error().kind(), ErrorKind::NotFound);
}

TEST_F(HandedOn, RootsThatWereNewAndNoOthers) {
  for (int i = 0; i < 2; ++i) {
    const crypto::PrivateKey old = publisher.keys.at("root");
    publisher.replace_key("root");
    publisher.bump("root");
    publisher.serve_root(transport, {old, publisher.keys.at("root")});
  }
  Client first = client();
  ASSERT_TRUE(first.refresh());
  EXPECT_TRUE(first.metadata("2.root.json"));
  EXPECT_EQ(*first.metadata("3.root.json"), to_bytes(stored("root.json")));
  EXPECT_EQ(first.metadata("4.root.json").error().kind(), ErrorKind::NotFound);
  Client later = client();
  ASSERT_TRUE(later.refresh());
  EXPECT_EQ(later.metadata("3.root.json").error().kind(), ErrorKind::Conflict);
}

}  // namespace
}  // namespace interlude::tuf
