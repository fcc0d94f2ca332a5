#include "tuf/metadata.hpp"

#include <gmock/gmock.h>

#include "tuf/test_publisher.hpp"

namespace interlude::tuf {
namespace {

using testing::HasSubstr;

crypto::PrivateKey rfc_key() {
  return *crypto::PrivateKey::from_seed(
      *from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
}

Signers signers_of(const std::vector<crypto::PrivateKey>& keys, std::uint64_t threshold) {
  Signers signers;
  signers.threshold = threshold;
  for (const crypto::PrivateKey& key : keys) {
    signers.keys.emplace(key_id(key), key.public_key());
  }
  return signers;
}

Status check(const json::Value& file, const Signers& signers) {
  const Bytes raw = to_bytes(file.dump());
  const Result<Document> document = Document::parse(raw, "f.json");
  if (!document) return std::unexpected(document.error());
  return document->check_signatures(signers);
}

json::Value signed_json(const json::Value& content, const std::vector<crypto::PrivateKey>& keys) {
  return *json::parse(signed_by(content, keys));
}

// What python-tuf and tuf-js compute for the same key.
TEST(KeyId, IsTheHashOfAllMembers) {
  json::Value key = key_value(rfc_key());
  EXPECT_EQ(key_id_of(key), "74c181c7ad8a0855d4b55e44d2ba87aabdddb196832571f15f92fece332e4916");
  key["x-owner"] = "a";
  EXPECT_EQ(key_id_of(key), "b686b1aff03048c3a78ee2bae3b42d1664c8b0b99788a972bf3038010786d00a");
}

TEST(Signature, IsOverTheCanonicalForm) {
  const json::Value content = *json::parse(
      as_bytes(R"({"b":[true,null,-1,"q\"\\/\n\u20ac"],"a":{"Z":0,"\u00e9":1,"aa":2,"a":3}})"));
  const json::Value file = signed_json(content, {rfc_key()});
  const std::string signature = file.at("signatures").at(0).at("sig").get<std::string>();
  EXPECT_TRUE(signature.starts_with("7ee36a3de1480515")) << signature;
  EXPECT_TRUE(signature.ends_with("90d4d7c97204")) << signature;
  EXPECT_EQ(file.at("signed"), content) << "the file reads back as what was signed";
}

TEST(Signature, LayoutOfTheFileDoesNotMatter) {
  const json::Value file = signed_json({{"b", 1}, {"a", 2}}, {rfc_key()});
  const Bytes pretty = to_bytes(file.dump(4));
  EXPECT_TRUE(Document::parse(pretty, "f")->check_signatures(signers_of({rfc_key()}, 1)));
}

TEST(Threshold, CountsDifferentKeys) {
  const crypto::PrivateKey one = crypto::PrivateKey::generate();
  const crypto::PrivateKey two = crypto::PrivateKey::generate();
  const json::Value content = {{"a", 1}};
  EXPECT_TRUE(check(signed_json(content, {one, two}), signers_of({one, two}, 2)));
  EXPECT_FALSE(check(signed_json(content, {one}), signers_of({one, two}, 2)));
  EXPECT_TRUE(check(signed_json(content, {one}), signers_of({one, two}, 1)));
}

TEST(Threshold, OneKeyUnderTwoIdsCountsOnce) {
  const crypto::PrivateKey one = crypto::PrivateKey::generate();
  json::Value file = signed_json({{"a", 1}}, {one});
  json::Value alias = file["signatures"][0];
  alias["keyid"] = "alias";
  file["signatures"].push_back(alias);
  Signers signers = signers_of({one}, 2);
  signers.keys.emplace("alias", one.public_key());
  const Status checked = check(file, signers);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind(), ErrorKind::Untrusted);
  EXPECT_THAT(checked.error().message(), HasSubstr("signed by 1 of the keys"));
}

TEST(Threshold, TwoSignaturesOfOneKeyIdFailTheFile) {
  const crypto::PrivateKey one = crypto::PrivateKey::generate();
  json::Value file = signed_json({{"a", 1}}, {one});
  file["signatures"].push_back(file["signatures"][0]);
  EXPECT_EQ(check(file, signers_of({one}, 1)).error().kind(), ErrorKind::Corrupt);
}

TEST(Threshold, BrokenAndForeignSignaturesDoNoHarm) {
  const crypto::PrivateKey one = crypto::PrivateKey::generate();
  const crypto::PrivateKey two = crypto::PrivateKey::generate();
  json::Value file = signed_json({{"a", 1}}, {one, two, crypto::PrivateKey::generate()});
  file["signatures"][1]["sig"] = "";
  file["signatures"].push_back({{"keyid", "x"}, {"sig", "not hex"}});
  EXPECT_TRUE(check(file, signers_of({one, two}, 1)));
  EXPECT_FALSE(check(file, signers_of({one, two}, 2)));
}

TEST(Threshold, AnyChangeOfTheContentIsNoticed) {
  const crypto::PrivateKey one = crypto::PrivateKey::generate();
  json::Value file = signed_json({{"a", 1}, {"unknown", {{"b", 2}}}}, {one});
  file["signed"]["unknown"]["b"] = 3;
  EXPECT_FALSE(check(file, signers_of({one}, 1)));
}

class RootFile : public testing::Test {
 protected:
  Result<Verified<Root>> read() { return check_own_root(publisher.file("root"), "root.json"); }
  void refuses(const std::string& words) {
    const Result<Verified<Root>> found = read();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind(), ErrorKind::Corrupt);
    EXPECT_THAT(found.error().message(), HasSubstr(words));
  }
  TestPublisher publisher;
  json::Value& root = publisher.roles["root"];
};

TEST_F(RootFile, IsReadWhole) {
  const Result<Verified<Root>> read_root = read();
  ASSERT_TRUE(read_root) << read_root.error().message();
  EXPECT_TRUE((*read_root)->timestamp.keys.contains(key_id(publisher.keys.at("timestamp"))));
  EXPECT_EQ(read_root->raw(), publisher.file("root"));
}

TEST_F(RootFile, ConsistentSnapshotIsOffWhereAbsent) {
  root.erase("consistent_snapshot");
  EXPECT_FALSE((*read())->consistent_snapshot);
}

TEST_F(RootFile, KeyIdMustBeTheKeysHash) {
  const std::string id = key_id(publisher.keys.at("targets"));
  root["keys"][id]["keyval"]["public"] =
      key_value(crypto::PrivateKey::generate())["keyval"]["public"];
  refuses("the key id is not the hash of this key");
}

TEST_F(RootFile, KeyOfAnUnknownKindSignsNothing) {
  const json::Value key = {
      {"keytype", "sphincs"}, {"scheme", "new"}, {"keyval", {{"public", "x"}}}};
  root["keys"][key_id_of(key)] = key;
  root["roles"]["targets"]["keyids"].push_back(key_id_of(key));
  EXPECT_EQ((*read())->targets.keys.size(), 1U);
}

TEST_F(RootFile, MalformedKeyIsRefused) {
  const json::Value key = {
      {"keytype", "ed25519"}, {"scheme", "ed25519"}, {"keyval", {{"public", "abcd"}}}};
  root["keys"][key_id_of(key)] = key;
  refuses("64 hexadecimal digits");
}

TEST_F(RootFile, ThresholdBelowOneIsRefused) {
  root["roles"]["targets"]["threshold"] = 0;
  refuses("at least 1");
}

TEST_F(RootFile, KeyIdNamedTwiceIsRefused) {
  json::Value& ids = root["roles"]["targets"]["keyids"];
  ids.push_back(ids[0]);
  refuses("stands twice");
}

TEST_F(RootFile, MissingRoleIsRefused) {
  root["roles"].erase("snapshot");
  refuses("\"snapshot\" is missing");
}

TEST_F(RootFile, VersionZeroIsRefused) {
  root["version"] = 0;
  refuses("at least 1");
}

TEST_F(RootFile, DateInAnotherFormIsRefused) {
  root["expires"] = "2030-01-01T00:00:00+00:00";
  refuses("expires");
}

TEST_F(RootFile, EveryVersionOneOfTheSpecificationIsAccepted) {
  for (const char* version : {"1.0", "1.0.0", "1.0.31", "1.1"}) {
    root["spec_version"] = version;
    EXPECT_TRUE(read()) << version;
  }
  root["spec_version"] = "10.0";
  refuses("spec_version");
}

TEST_F(RootFile, DuplicateMembersAreRefused) {
  std::string text = to_text(publisher.file("root"));
  text.insert(text.find("\"version\""), "\"version\":9,");
  EXPECT_EQ(check_own_root(as_bytes(text), "root.json").error().kind(), ErrorKind::Corrupt);
}

TEST_F(RootFile, EveryTruncationIsRefused) {
  const Bytes whole = publisher.file("root");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(check_own_root(ByteView(whole).first(size), "root.json")) << size;
  }
}

class TargetsFile : public testing::Test {
 protected:
  Result<Targets> read() const {
    return parse_signed<Targets>(json::Reader(publisher.roles.at("targets"), "targets.json"));
  }
  void refuses(const std::string& words) {
    const Result<Targets> targets = read();
    ASSERT_FALSE(targets);
    EXPECT_THAT(targets.error().message(), HasSubstr(words));
  }
  TestPublisher publisher;
};

TEST_F(TargetsFile, DelegationToATopLevelRoleIsRefused) {
  publisher.delegate("targets", "snapshot", {"*"});
  refuses("may not be \"snapshot\"");
}

TEST_F(TargetsFile, RoleDelegatedToTwiceIsRefused) {
  publisher.delegate("targets", "role", {"a"});
  publisher.delegate("targets", "role", {"b"});
  refuses("\"role\" stands twice");
}

TEST_F(TargetsFile, DelegationNeedsPathsOrPrefixesAndTerminating) {
  publisher.delegate("targets", "role", {"a"}).erase("paths");
  refuses("either");
  json::Value& entry = publisher.roles["targets"]["delegations"]["roles"][0];
  entry["paths"] = {"a"};
  entry.erase("terminating");
  refuses("\"terminating\" is missing");
}

TEST_F(TargetsFile, BinsBeyondThirtyTwoBitsAreRefused) {
  json::Value& delegations = publisher.roles["targets"]["delegations"];
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
  delegations["keys"][key_id(key)] = key_value(key);
  delegations["succinct_roles"] = TestPublisher::signers({key});
  delegations["succinct_roles"]["name_prefix"] = "bin";
  delegations["succinct_roles"]["bit_length"] = 32;
  EXPECT_TRUE(read()) << read().error().message();
  for (const int bits : {0, 33}) {
    delegations["succinct_roles"]["bit_length"] = bits;
    refuses("bit_length");
  }
}

TEST_F(TargetsFile, TargetNeedsAHash) {
  publisher.roles["targets"]["targets"]["x"] = {{"length", 1}, {"hashes", json::Value::object()}};
  refuses("at least one hash");
  publisher.roles["targets"]["targets"]["x"]["hashes"] = {{"sha256", "../x"}};
  refuses("hexadecimal");
}

TEST(RoleName, IsEncodedWhole) {
  EXPECT_EQ(file_name_of_role("a/b"), "a%2Fb.json");
  EXPECT_EQ(file_name_of_role("../x?#%"), "..%2Fx%3F%23%25.json");
  EXPECT_EQ(file_name_of_role("debian-12_x.1~"), "debian-12_x.1~.json");
}

}  // namespace
}  // namespace interlude::tuf
