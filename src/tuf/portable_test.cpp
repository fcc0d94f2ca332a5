#include "tuf/portable.hpp"

#include <gmock/gmock.h>

namespace interlude::tuf {
namespace {

using testing::HasSubstr;

json::Value list() {
  return {
      {"_type", "targets"},
      {"version", 1},
      {"targets", {{"a/b", {{"length", 1}}}}},
      {"delegations",
       {{"keys",
         {{"id", {{"keytype", "ed25519"}, {"scheme", "ed25519"}, {"keyval", {{"public", "00"}}}}}}},
        {"roles", {{{"name", "debian-12"}, {"terminating", true}, {"paths", {"local/*/1?/*"}}}}}}}};
}

json::Value& first_role(json::Value& content) {
  return content["delegations"]["roles"][0];
}

void expect_refused(const json::Value& content, const std::string& why) {
  const Status checked = check_portable(content, "targets");
  ASSERT_FALSE(checked) << why;
  EXPECT_EQ(checked.error().kind(), ErrorKind::Invalid);
  EXPECT_THAT(checked.error().message(), HasSubstr(why));
}

TEST(Portable, TakesWhatEveryClientReadsAlike) {
  const Status checked = check_portable(list(), "targets");
  EXPECT_TRUE(checked) << checked.error().message();
}

TEST(Portable, RefusesRoleNamesThatAreNumbers) {
  json::Value content = list();
  first_role(content)["name"] = "12";
  expect_refused(content, "is a number");
  EXPECT_FALSE(check_portable(list(), "7"));
}

TEST(Portable, RefusesNumbersBeyondWhatADoubleHolds) {
  json::Value content = list();
  content["version"] = (std::uint64_t{1} << 53U) - 1;
  EXPECT_TRUE(check_portable(content, "targets"));
  content["version"] = std::uint64_t{1} << 53U;
  expect_refused(content, "2^53");
  content["version"] = 1;
  content["x"] = {1, {{"y", -(std::int64_t{1} << 53U)}}};
  expect_refused(content, "targets.x.1.y");
  content["x"] = 1.5;
  expect_refused(content, "whole number");
}

TEST(Portable, RefusesMemberNamesBeyondTheBasicPlane) {
  json::Value content = list();
  content["x"] = {{"\xef\xbf\xbd", 1}};
  EXPECT_TRUE(check_portable(content, "targets"));
  content["x"] = {{"\xf0\x9f\x98\x80", 1}};
  expect_refused(content, "U+FFFF");
}

TEST(Portable, RefusesDelegationsThatDoNotSayWhetherTheyTerminate) {
  json::Value content = list();
  first_role(content).erase("terminating");
  expect_refused(content, "terminating");
}

TEST(Portable, RefusesPatternsThatMeanSomethingToSome) {
  for (const char* pattern : {"a/{b,c}", "!a", "#a", "a/.b", "a b", "a//b", "a/[bc]", "%2e"}) {
    json::Value content = list();
    first_role(content)["paths"] = {pattern};
    expect_refused(content, pattern);
  }
}

TEST(Portable, RefusesTargetNamesThatUrlsOrPatternsTakeApart) {
  for (const char* name : {"a?b", "a#b", "a%b", ".a", "a/.b", "a b", "/a", "a/", "\xc3\xa4"}) {
    json::Value content = list();
    content["targets"] = {{name, {{"length", 1}}}};
    expect_refused(content, "the part");
  }
}

TEST(Portable, RefusesKeysOfOtherForms) {
  const std::string pem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
  const auto with_key = [](const std::string& type, const std::string& scheme,
                           const std::string& text) {
    json::Value content = list();
    content["delegations"]["keys"]["id"] = {
        {"keytype", type}, {"scheme", scheme}, {"keyval", {{"public", text}}}};
    return content;
  };
  EXPECT_TRUE(check_portable(with_key("rsa", "rsassa-pss-sha256", pem), "targets"));
  EXPECT_TRUE(check_portable(with_key("ecdsa", "ecdsa-sha2-nistp256", pem), "targets"));
  expect_refused(with_key("rsa", "rsa-pkcs1v15-sha256", pem), "rsa-pkcs1v15-sha256");
  expect_refused(with_key("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", pem), "of type");
  expect_refused(with_key("rsa", "rsassa-pss-sha256",
                          "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n"),
                 "SubjectPublicKeyInfo");
  expect_refused(with_key("rsa", "rsassa-pss-sha256", pem.substr(0, pem.size() - 1)),
                 "final newline");
}

}  // namespace
}  // namespace interlude::tuf
