#include "repository/signing_request.hpp"

#include "json/json.hpp"
#include "keys/keys.hpp"
#include "repository/test_repository.hpp"
#include "tuf/signing.hpp"

namespace interlude::repository {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const Path kRequest = "/to-sign.json";

/// A letter is staged: its list waits for a key that is on another machine.
class SigningRequestTest : public RepositoryTest {
 protected:
  SigningRequestTest() {
    build("/a", "local/debian-12-x86_64/12.11/a");
    EXPECT_TRUE(publish("/a"));
    EXPECT_TRUE(sys::make_directories(disk, "/safe", 0700));
    for (const char* file : {"platforms.pem", "platforms.toml"}) {
      const Path here = kDirectory + "/keys/offline/" + file;
      EXPECT_TRUE(disk.write(join("/safe", file), *disk.read(here, 10'000), 0600));
    }
    EXPECT_TRUE(disk.remove(kDirectory + "/keys/offline/platforms.pem"));
    open();
    stage("b");
    EXPECT_TRUE(write_request(disk, kRequest, *make_request(*repository)));
  }

  void stage(const std::string& letter, const std::string& content = "fixed") {
    build("/" + letter, "local/debian-12-x86_64/12.11/" + letter, content);
    EXPECT_TRUE(publish("/" + letter));
    EXPECT_TRUE(*repository->staged()) << "was to wait for a signature";
  }

  std::unique_ptr<crypto::Signer> key(const Path& file) {
    return std::move(*keys::open_key(disk, programs, file, crypto::nobody_to_ask));
  }

  /// On the other machine.
  void sign() {
    SigningRequest request = *read_request(disk, kRequest);
    EXPECT_THAT(*sign_request(request, *key("/safe/platforms.toml")), ElementsAre(kRole));
    EXPECT_TRUE(write_request(disk, kRequest, request));
  }

  /// Somebody changes the file on its way.
  void change(const std::string& pointer, const json::Value& value) {
    json::Value request = *json::parse(*disk.read(kRequest, 1'000'000));
    request.at(json::Value::json_pointer(pointer)) = value;
    EXPECT_TRUE(disk.write(kRequest, to_bytes(request.dump()), 0644));
  }

  Result<tuf::Outcome> bring_back() {
    const Result<SigningRequest> request = read_request(disk, kRequest);
    if (!request) return std::unexpected(request.error());
    std::map<std::string, tuf::Draft> drafts;
    for (const SigningRequest::File& file : request->files) drafts.emplace(file.role, file.draft);
    return repository->take(drafts);
  }

  /// Nothing was taken: the same version is announced, and what is staged has no signature.
  void expect_unsigned() {
    EXPECT_EQ(list(kRole).version, 1U);
    const std::optional<tuf::Outcome> staged = *repository->staged();
    ASSERT_TRUE(staged);
    for (const tuf::Gathered& file : staged->files) EXPECT_THAT(file.signed_ids, SizeIs(0));
  }
};

TEST_F(SigningRequestTest, ComesBackSignedAndIsAnnounced) {
  sign();
  const Result<tuf::Outcome> outcome = bring_back();
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_TRUE(outcome->announced);
  EXPECT_TRUE(list(kRole).targets.contains("local/debian-12-x86_64/12.11/b/manifest.json.zst"));
}

TEST_F(SigningRequestTest, WhatWasChangedOnItsWayAndThenSignedIsRefused) {
  change("/files/0/file/signed/rollout", "required");
  sign();
  const Result<tuf::Outcome> outcome = bring_back();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::Conflict);
  EXPECT_THAT(outcome.error().message(), HasSubstr(kRole + " is not what is staged"));
  expect_unsigned();
}

TEST_F(SigningRequestTest, SignatureOfWhatIsNoLongerStagedIsRefused) {
  sign();
  ASSERT_TRUE(repository->discard());
  stage("b", "something else");
  EXPECT_EQ(bring_back().error().kind(), ErrorKind::Conflict);
  expect_unsigned();
}

TEST_F(SigningRequestTest, SignatureThatDoesNotVerifyIsRefused) {
  sign();
  change("/files/0/file/signatures/0/sig", std::string(128, '0'));
  const Result<tuf::Outcome> outcome = bring_back();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind(), ErrorKind::Untrusted);
  expect_unsigned();
}

TEST_F(SigningRequestTest, SignersThatTheFileNamesCountForNothing) {
  // It asks a stranger, and says that this is enough.
  const crypto::PrivateKey stranger =
      *keys::make_key(disk, "/stranger", "key", crypto::Scheme::Ed25519, {});
  change("/files/0/signers/0/keyids", {tuf::key_id(stranger)});
  SigningRequest request = *read_request(disk, kRequest);
  ASSERT_TRUE(sign_request(request, stranger));
  ASSERT_TRUE(write_request(disk, kRequest, request));
  const Result<tuf::Outcome> outcome = bring_back();
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_FALSE(outcome->announced);
  expect_unsigned();
}

TEST_F(SigningRequestTest, KeyThatIsNotAskedSignsNothing) {
  SigningRequest request = *read_request(disk, kRequest);
  const Bytes before = request.files.front().draft.raw();
  const auto signer = key(kDirectory + "/keys/offline/targets.toml");
  EXPECT_EQ(sign_request(request, *signer).error().kind(), ErrorKind::Invalid);
  EXPECT_EQ(request.files.front().draft.raw(), before);
}

TEST_F(SigningRequestTest, PersonSeesEveryDifferenceAndWhoSignedTheFormer) {
  change("/files/0/file/signed/rollout", "required");
  const SigningRequest request = *read_request(disk, kRequest);
  const auto platforms = key("/safe/platforms.toml");
  const std::vector<std::string> lines = description(request.files.front(), platforms.get());
  EXPECT_THAT(lines, Contains(AllOf(HasSubstr("rollout"), HasSubstr("required"))));
  EXPECT_THAT(lines, Contains(HasSubstr("12.11/b/manifest.json.zst")));
  EXPECT_THAT(lines, Contains(HasSubstr("version 1, which this key signed")));
  const auto targets = key(kDirectory + "/keys/offline/targets.toml");
  EXPECT_THAT(description(request.files.front(), targets.get()),
              Contains(HasSubstr("which this key did not sign")));
}

TEST_F(SigningRequestTest, NothingShownIsForTheTerminal) {
  const std::string evil = "\x1b[2J\r\n\x07\xc2\x9b safe";
  change("/files/0/role", evil);
  change("/files/0/signers/0/keyids", {evil});
  change("/files/0/file/signed/expires", evil);
  change("/files/0/file/signed/targets", {{evil, {{evil, evil}}}});
  const SigningRequest request = *read_request(disk, kRequest);
  const auto printable = [](const std::string& line) {
    return std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; });
  };
  const std::vector<std::string> lines = description(request.files.front(), nullptr);
  EXPECT_THAT(lines, Contains(HasSubstr("safe")));
  EXPECT_THAT(lines, Each(testing::Truly(printable)));
}

TEST_F(SigningRequestTest, NamesWhatIsWrongWithTheFile) {
  change("/format", 2);
  EXPECT_THAT(read_request(disk, kRequest).error().message(),
              AllOf(HasSubstr(kRequest), HasSubstr("\"format\" is 2")));
  ASSERT_TRUE(repository->discard());
  EXPECT_EQ(make_request(*repository).error().kind(), ErrorKind::NotFound);
}

}  // namespace
}  // namespace interlude::repository
