// Who signed it: forged signatures, stolen keys, keys that are not what they are called.

#include "attack/fixture.hpp"

namespace interlude::tuf {
namespace {

using Keys = std::vector<crypto::PrivateKey>;

// Arbitrary software installation: the attacker cannot sign, and puts the trusted key's id on a
// signature of its own.
TEST_F(Attack, ArbitrarySoftwareUnderAForgedSignature) {
  publisher.announce_hashes = false;
  publisher.publish(transport);
  publisher.roles["targets"]["targets"]["evil"] = TestPublisher::target("evil");
  const std::string forged =
      replaced(to_text(signed_by(publisher.roles["targets"], Keys{attacker})), key_id(attacker),
               key_id(publisher.keys.at("targets")));
  transport.put(publisher.url_of("targets"), to_bytes(forged));
  expect_refused("targets");
}

TEST_F(Attack, ArbitrarySoftwareSignedByAStranger) {
  publisher.announce_hashes = false;
  publisher.publish(transport);
  publisher.roles["targets"]["targets"]["evil"] = TestPublisher::target("evil");
  serve("targets", {attacker});
  expect_refused("targets");
}

// Two of three must sign the list; one key was stolen.
TEST_F(Attack, KeyCompromiseBelowTheThreshold) {
  const Keys keys{publisher.keys.at("targets"), crypto::PrivateKey::generate(), attacker};
  json::Value& root = publisher.roles["root"];
  for (const crypto::PrivateKey& key : keys) root["keys"][key_id(key)] = key_value(key);
  root["roles"]["targets"] = TestPublisher::signers(keys, 2);
  provision();
  publisher.announce_hashes = false;
  publisher.publish(transport);
  serve("targets", {keys[0], keys[1]});
  ASSERT_TRUE(refresh());

  publisher.roles["targets"]["targets"]["evil"] = TestPublisher::target("evil");
  publisher.bump("targets");
  publisher.publish(transport);
  serve("targets", {attacker});
  expect_refused("targets");
}

// One stolen key signs twice, under its one id.
TEST_F(Attack, DuplicateSignaturesOfOneKey) {
  const std::string file = to_text(publisher.file("targets"));
  const std::string list = "\"signatures\":[";
  const std::size_t start = file.find(list) + list.size();
  const std::string entry = file.substr(start, file.find(']') - start);
  publisher.announce_hashes = false;
  publisher.publish(transport);
  transport.put(publisher.url_of("targets"), to_bytes(replaced(file, entry, entry + "," + entry)));
  expect_refused("targets");
}

// One stolen key signs under two ids: a member without meaning makes another id of the same key.
TEST_F(Attack, OneKeyUnderTwoIds) {
  const crypto::PrivateKey stolen = publisher.keys.at("targets");
  json::Value twin = key_value(stolen);
  twin["x-note"] = "the same key";
  const std::string twin_id = key_id_of(twin);
  json::Value& root = publisher.roles["root"];
  root["keys"][twin_id] = twin;
  root["roles"]["targets"] = {{"keyids", {key_id(stolen), twin_id}}, {"threshold", 2}};
  provision();
  publisher.announce_hashes = false;
  publisher.publish(transport);
  const std::string file = to_text(publisher.file("targets"));
  const std::string list = "\"signatures\":[";
  const std::size_t start = file.find(list) + list.size();
  const std::string entry = file.substr(start, file.find(']') - start);
  const std::string second = replaced(entry, key_id(stolen), twin_id);
  transport.put(publisher.url_of("targets"), to_bytes(replaced(file, entry, entry + "," + second)));
  expect_refused("targets");
}

// A key id that stands twice in a role's list.
TEST_F(Attack, KeyIdListedTwice) {
  json::Value& role = publisher.roles["root"]["roles"]["targets"];
  role["keyids"].push_back(role["keyids"][0]);
  EXPECT_FALSE(Client::check_root(publisher.file("root")));
}

// The attacker's key under the id of a trusted one.
TEST_F(Attack, KeyIdCollision) {
  const crypto::PrivateKey good = publisher.keys.at("targets");
  publisher.roles["root"]["keys"][key_id(good)] = key_value(attacker);
  EXPECT_FALSE(Client::check_root(publisher.file("root")));
}

TEST_F(Attack, ThresholdOfZero) {
  publisher.roles["root"]["roles"]["targets"]["threshold"] = 0;
  EXPECT_FALSE(Client::check_root(publisher.file("root")));
}

// The attacker makes a root of its own: its keys sign it, the trusted ones do not.
TEST_F(Attack, RootOfAnAttacker) {
  ASSERT_TRUE(refresh());
  publisher.bump("root");
  publisher.keys.insert_or_assign("root", attacker);
  json::Value& root = publisher.roles["root"];
  root["keys"][key_id(attacker)] = key_value(attacker);
  root["roles"]["root"] = TestPublisher::signers({attacker});
  serve("root", {attacker});
  expect_refused("root");
}

// Who steals the old root keys after a rotation cannot undo it: the next root needs its own keys.
TEST_F(Attack, RootSignedByOldKeysOnly) {
  ASSERT_TRUE(refresh());
  const crypto::PrivateKey old = publisher.keys.at("root");
  publisher.bump("root");
  publisher.replace_key("root");
  serve("root", {old});
  expect_refused("root");
}

// What a key signed for another purpose is not metadata of a role.
TEST_F(Attack, WrongRole) {
  ASSERT_TRUE(refresh());
  publisher.bump("timestamp");
  publisher.roles["timestamp"]["_type"] = "mirror";
  publisher.serve_timestamp(transport);
  expect_refused("timestamp");
}

TEST_F(Attack, SpecificationOfAnotherMajorVersion) {
  ASSERT_TRUE(refresh());
  publisher.bump("timestamp");
  publisher.roles["timestamp"]["spec_version"] = "2.0.0";
  publisher.serve_timestamp(transport);
  expect_refused("timestamp");
}

}  // namespace
}  // namespace interlude::tuf
