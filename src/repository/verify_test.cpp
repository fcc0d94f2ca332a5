#include "repository/verify.hpp"

#include "repository/test_repository.hpp"
#include "sys/sim/transport.hpp"
#include "tuf/repository.hpp"

namespace interlude::repository {
namespace {

using testing::HasSubstr;

const std::string kPayload = "local/debian-12-x86_64/12.11/a/openssl.full.payload";

class VerifyTest : public RepositoryTest {
 protected:
  VerifyTest() {
    build("/r/debian-12-x86_64/12.10", "local/debian-12-x86_64/12.10/a");
    build("/r/debian-12-x86_64/12.11", "local/debian-12-x86_64/12.11/a");
    EXPECT_TRUE(publish("/r"));
    transport.mount("http://mirror/", disk, kDirectory + "/public");
  }

  Result<Verified> seen(const std::string& url = "http://mirror") {
    EXPECT_TRUE(sys::remove_tree(disk, "/scratch"));
    EXPECT_TRUE(disk.make_directory("/scratch", 0700));
    return verify(disk, transport, clock, "/scratch", url, root(kDirectory), progress);
  }

  Bytes root(const Path& directory) {
    return *disk.read(directory + "/public/metadata/1.root.json", 100'000);
  }

  Path payload_file() {
    const tuf::Target target = list("debian-12-x86_64-12.11").targets.at(kPayload);
    return repository->file_of(kPayload, *crypto::Sha256::from_hex(target.hashes.at("sha256")));
  }

  /// Refuses, and says which file it is.
  void expect_refused(ErrorKind kind, const std::string& name) {
    const Result<Verified> result = seen();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind(), kind) << result.error().message();
    EXPECT_THAT(result.error().message(), HasSubstr(name));
  }

  sys::sim::Transport transport;
  std::function<bool(std::size_t, std::size_t)> progress;
};

TEST_F(VerifyTest, SeesEveryListAndEveryByte) {
  const tuf::Contents contents = *repository->contents();
  std::uint64_t bytes = 0;
  for (const auto& [role, list_of_role] : contents.lists) {
    for (const auto& [path, target] : list_of_role->targets) bytes += target.length;
  }
  for (const char* url : {"http://mirror", "http://mirror/"}) {
    const Result<Verified> verified = seen(url);
    ASSERT_TRUE(verified) << verified.error().message();
    EXPECT_EQ(verified->lists, 3U) << "two baselines' and the rollout";
    EXPECT_EQ(verified->files, 4U);
    EXPECT_EQ(verified->bytes, bytes);
  }
  for (const sys::Request& request : transport.requests()) {
    EXPECT_EQ(request.url.find("//", std::string("http://").size()), std::string::npos)
        << request.url;
  }
}

TEST_F(VerifyTest, NamesAPayloadWhoseBytesAreWrong) {
  Bytes content = *disk.read(payload_file(), 1000);
  content.back() ^= 1U;
  ASSERT_TRUE(disk.write(payload_file(), content, 0644));
  expect_refused(ErrorKind::Corrupt, kPayload);
}

TEST_F(VerifyTest, NamesAPayloadThatIsShorterOrLonger) {
  const Bytes content = *disk.read(payload_file(), 1000);
  ASSERT_TRUE(disk.write(payload_file(), ByteView(content).first(content.size() - 1), 0644));
  expect_refused(ErrorKind::Corrupt, kPayload);
  Bytes longer = content;
  longer.push_back(0);
  ASSERT_TRUE(disk.write(payload_file(), longer, 0644));
  expect_refused(ErrorKind::Corrupt, kPayload);
}

TEST_F(VerifyTest, NamesAPayloadThatIsMissing) {
  ASSERT_TRUE(disk.remove(payload_file()));
  expect_refused(ErrorKind::NotFound, kPayload);
}

TEST_F(VerifyTest, NamesAListThatIsMissing) {
  ASSERT_TRUE(disk.remove(kDirectory + "/public/metadata/1.debian-12-x86_64-12.10.json"));
  expect_refused(ErrorKind::NotFound, "list debian-12-x86_64-12.10");
}

TEST_F(VerifyTest, RefusesAListThatIsAnotherOnes) {
  const Path metadata = kDirectory + "/public/metadata/1.debian-12-x86_64-12.1";
  ASSERT_TRUE(disk.write(metadata + "0.json", *disk.read(metadata + "1.json", 100'000), 0644));
  expect_refused(ErrorKind::Untrusted, "list debian-12-x86_64-12.10");
}

TEST_F(VerifyTest, RefusesWhatHasExpired) {
  clock.advance(std::chrono::days(8));
  expect_refused(ErrorKind::Untrusted, "timestamp");
}

TEST_F(VerifyTest, RefusesAnotherPublishersRepository) {
  ASSERT_TRUE(found("/other", {"local", kStart, {}}));
  ASSERT_TRUE(disk.make_directory("/scratch", 0700));
  const Result<Verified> result =
      verify(disk, transport, clock, "/scratch", "http://mirror", root("/other"), {});
  EXPECT_EQ(result.error().kind(), ErrorKind::Untrusted);
}

TEST_F(VerifyTest, EndsWhereProgressSaysSo) {
  progress = [](std::size_t done, std::size_t) { return done < 2; };
  expect_refused(ErrorKind::Cancelled, "interrupted");
}

}  // namespace
}  // namespace interlude::repository
