#include <zstd.h>

#include "repository/announced.hpp"
#include "repository/test_repository.hpp"

namespace interlude::repository {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(RepositoryTest, KeepsItsSettings) {
  const Settings written{
      "vendor",
      kStart,
      {std::chrono::days(3), std::chrono::days(2), std::chrono::days(2), std::chrono::days(1)},
      "https://example.org/x/"};
  ASSERT_TRUE(found("/other", written));
  const Result<Settings> settings = read_settings(disk, "/other");
  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->source, "vendor");
  EXPECT_EQ(settings->created, kStart);
  EXPECT_EQ(settings->lifetimes.root, std::chrono::days(3));
  EXPECT_EQ(settings->lifetimes.timestamp, std::chrono::days(1));
  EXPECT_EQ(settings->base_url, "https://example.org/x/");
}

TEST_F(RepositoryTest, KnowsAddressesThatNeedNoEscape) {
  EXPECT_EQ(*checked_base_url(""), "");
  EXPECT_EQ(*checked_base_url("https://example.org"), "https://example.org/");
  EXPECT_EQ(*checked_base_url("http://[::1]:8080/a%20b/"), "http://[::1]:8080/a%20b/");
  for (const char* bad :
       {"example.org", "ftp://example.org/", "https://", "https:///a", "https://x/\"><script>",
        "https://x/ y", "https://x/?q", "https://x/#f", "https://x/\n", "javascript://x"}) {
    EXPECT_EQ(checked_base_url(bad).error().kind(), ErrorKind::Invalid) << bad;
  }
}

TEST_F(RepositoryTest, IsMadeInAnEmptyFolderOnly) {
  const Result<tuf::Outcome> made = found(kDirectory, {"local", kStart, {}});
  EXPECT_EQ(made.error().kind(), ErrorKind::Conflict);
  EXPECT_THAT(made.error().message(), HasSubstr("/repo is not empty"));
}

TEST_F(RepositoryTest, RefusesSourcesThatAreNoNames) {
  for (const char* source : {"", "a/b", "..", "a b"}) {
    EXPECT_EQ(found("/new", {source, kStart, {}}).error().kind(), ErrorKind::Invalid);
  }
  EXPECT_FALSE(sys::exists(disk, "/new"));
}

TEST_F(RepositoryTest, KeepsKeysFromOthers) {
  for (const char* key :
       {"offline/root-1", "offline/root-3", "offline/targets", "offline/platforms",
        "online/snapshot", "online/timestamp", "online/rollout"}) {
    const Path file = kDirectory + "/keys/" + key;
    EXPECT_EQ(disk.info(file + ".pem")->mode, 0600U) << key;
    EXPECT_EQ(disk.info(file + ".toml")->mode, 0600U) << key;
    EXPECT_EQ(disk.info(parent_of(file))->mode, 0700U) << key;
  }
  EXPECT_EQ(disk.info(kDirectory + "/keys")->mode, 0700U);
}

TEST_F(RepositoryTest, IsFoundedWithKeysWhosePrivateHalvesAreElsewhere) {
  Keys keys;
  keys.wishes["root"] = {
      0, 2, {kDirectory + "/keys/offline/root-1.toml", kDirectory + "/keys/offline/root-2.toml"}};
  const Result<tuf::Outcome> outcome = found("/other", {"local", kStart, {}}, keys);
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_FALSE(outcome->announced);
  EXPECT_FALSE(sys::exists(disk, "/other/keys/offline/root-1.pem"));
}

TEST_F(RepositoryTest, RefusesThresholdsThatItsKeysCannotReach) {
  Keys keys;
  keys.wishes["root"].threshold = 4;
  EXPECT_EQ(found("/other", {"local", kStart, {}}, keys).error().kind(), ErrorKind::Invalid);
  EXPECT_FALSE(sys::exists(disk, "/other"));
}

TEST_F(RepositoryTest, LeavesNoKeysWhereItsMakingIsStopped) {
  Keys keys;
  keys.kind.aborted = [asked = 0]() mutable { return ++asked > 2; };
  EXPECT_EQ(found("/other", {"local", kStart, {}}, keys).error().kind(), ErrorKind::Cancelled);
  EXPECT_FALSE(sys::exists(disk, "/other/keys"));
  EXPECT_TRUE(found("/other", {"local", kStart, {}}));
}

TEST_F(RepositoryTest, SettingsErrorsNameFileLineAndKey) {
  EXPECT_EQ(read_settings(disk, "/nowhere").error().kind(), ErrorKind::NotFound);
  EXPECT_THAT(read_settings(disk, "/nowhere").error().message(), HasSubstr("/nowhere"));
  for (const std::string bad : {"30", "thirty days", "0 days", "-1 days", "30 hours"}) {
    ASSERT_TRUE(disk.write("/repo/repository.toml",
                           to_bytes("source = \"local\"\ncreated = \"2026-11-24T00:00:00Z\"\n"
                                    "root_lifetime = \"" +
                                    bad + "\"\n"),
                           0644));
    const Result<Settings> settings = read_settings(disk, kDirectory);
    ASSERT_FALSE(settings) << bad;
    EXPECT_THAT(settings.error().message(), HasSubstr("/repo/repository.toml"));
    EXPECT_THAT(settings.error().message(), HasSubstr("root_lifetime"));
  }
}

TEST_F(RepositoryTest, PublishesAnImprovement) {
  build("/a", "local/debian-12-x86_64/12.11/a");
  const Result<Publication> publication = publish("/a");
  ASSERT_TRUE(publication) << publication.error().message();
  EXPECT_THAT(publication->added, SizeIs(1));
  const tuf::Targets now = list("debian-12-x86_64-12.11");
  EXPECT_EQ(now.extra.at("rollout"), "none");
  const tuf::Target& manifest = now.targets.at("local/debian-12-x86_64/12.11/a/manifest.json.zst");
  EXPECT_EQ(manifest.custom, json::Value({{"published_at", "2027-01-15T08:00:00Z"}}));
  EXPECT_TRUE(now.targets.contains("local/debian-12-x86_64/12.11/a/openssl.full.payload"));
  EXPECT_THAT(published_ids(*repository->contents()),
              ElementsAre(*improvement::Id::parse("local/debian-12-x86_64/12.11/a")));
}

TEST_F(RepositoryTest, PacksTheManifestsBytesAndTheSameWayEachTime) {
  build("/a", "local/debian-12-x86_64/12.11/a");
  const Bytes text = *disk.read("/a/manifest.json", 10'000);
  const Bytes packed = pack_manifest(text);
  EXPECT_EQ(packed, pack_manifest(text));
  EXPECT_LT(packed.size(), text.size());
  Bytes unpacked(text.size());
  ASSERT_EQ(ZSTD_decompress(unpacked.data(), unpacked.size(), packed.data(), packed.size()),
            text.size());
  EXPECT_EQ(unpacked, text);
}

TEST_F(RepositoryTest, PublishesAReleaseAsAWhole) {
  build("/r/debian-12-x86_64/12.10", "local/debian-12-x86_64/12.10/a");
  build("/r/debian-12-x86_64/12.11", "local/debian-12-x86_64/12.11/a");
  const std::uint64_t before = repository->contents()->timestamp->version;
  const Result<Publication> publication = publish("/r");
  ASSERT_TRUE(publication) << publication.error().message();
  EXPECT_THAT(publication->added, SizeIs(2));
  EXPECT_EQ(repository->contents()->timestamp->version, before + 1);
}

TEST_F(RepositoryTest, OneBadCellPublishesNothing) {
  build("/r/debian-12-x86_64/12.10", "local/debian-12-x86_64/12.10/a");
  build("/r/debian-12-x86_64/12.11", "local/debian-12-x86_64/12.11/a");
  ASSERT_TRUE(disk.write("/r/debian-12-x86_64/12.11/openssl.full.payload", to_bytes("x"), 0644));
  EXPECT_EQ(publish("/r").error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(published_ids(*repository->contents()), IsEmpty());
}

TEST_F(RepositoryTest, KnownIdWithTheSameBytesIsNothingToDo) {
  build("/a", "local/debian-12-x86_64/12.11/a");
  ASSERT_TRUE(publish("/a"));
  clock.advance(std::chrono::hours(1));
  const Result<Publication> again = planned("/a");
  ASSERT_TRUE(again);
  EXPECT_THAT(again->known, SizeIs(1));
  EXPECT_THAT(again->updates, IsEmpty());
}

TEST_F(RepositoryTest, KnownIdWithOtherBytesIsRefused) {
  build("/a", "local/debian-12-x86_64/12.11/a");
  ASSERT_TRUE(publish("/a"));
  build("/b", "local/debian-12-x86_64/12.11/a", "something else");
  const Result<Publication> other = planned("/b");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind(), ErrorKind::Conflict);
  EXPECT_THAT(other.error().message(), HasSubstr("other bytes"));
}

TEST_F(RepositoryTest, WarnsOfALetterThatIsNotNewer) {
  build("/b", "local/debian-12-x86_64/12.11/b");
  build("/a", "local/debian-12-x86_64/12.11/a");
  EXPECT_THAT(publish("/b")->warnings, IsEmpty());
  EXPECT_THAT(publish("/a")->warnings, ElementsAre(HasSubstr("is not newer than (b)")));
}

TEST_F(RepositoryTest, RolloutIsKeptUntilSaidOtherwise) {
  const std::string& role = kRole;
  build("/a", "local/debian-12-x86_64/12.11/a");
  build("/b", "local/debian-12-x86_64/12.11/b");
  ASSERT_TRUE(publish("/a", RolloutRule::Required));
  EXPECT_EQ(list(role).extra.at("rollout"), "required");
  ASSERT_TRUE(publish("/b"));
  EXPECT_EQ(list(role).extra.at("rollout"), "required");
  ASSERT_TRUE(publish("/b", RolloutRule::None)) << "also where the improvement itself is known";
  EXPECT_EQ(list(role).extra.at("rollout"), "none");
  EXPECT_THAT(planned("/b", RolloutRule::None)->updates, IsEmpty());
}

TEST_F(RepositoryTest, RefusesAnotherSource) {
  build("/a", "vendor/debian-12-x86_64/12.11/a");
  const Result<Publication> other = planned("/a");
  EXPECT_EQ(other.error().kind(), ErrorKind::Invalid);
  EXPECT_THAT(other.error().message(), HasSubstr("\"vendor\""));
}

TEST_F(RepositoryTest, RefusesPayloadsThatAreNotWhatTheManifestSays) {
  build("/a", "local/debian-12-x86_64/12.11/a");
  const Path file = "/a/openssl.full.payload";
  const Bytes good = *disk.read(file, 1000);
  Bytes flipped = good;
  flipped[3] ^= 1U;
  ASSERT_TRUE(disk.write(file, flipped, 0644));
  EXPECT_THAT(read_build(disk, "/a").error().message(), HasSubstr(file + ": its SHA-256 is"));
  ASSERT_TRUE(disk.write(file, ByteView(good).first(5), 0644));
  EXPECT_THAT(read_build(disk, "/a").error().message(), HasSubstr("is 5 bytes long"));
  ASSERT_TRUE(disk.remove(file));
  EXPECT_EQ(read_build(disk, "/a").error().kind(), ErrorKind::NotFound);
}

TEST_F(RepositoryTest, NamesTheManifestThatIsWrong) {
  build("/a", "local/debian-12-x86_64/12.11/a");
  ASSERT_TRUE(disk.write("/a/manifest.json", to_bytes("{"), 0644));
  const Result<std::vector<Built>> builds = read_build(disk, "/a");
  EXPECT_EQ(builds.error().kind(), ErrorKind::Corrupt);
  EXPECT_THAT(builds.error().message(), HasSubstr("/a: manifest.json: "));
}

TEST_F(RepositoryTest, RefusesAFolderWithoutImprovements) {
  ASSERT_TRUE(sys::make_directories(disk, "/empty/x", 0755));
  EXPECT_EQ(read_build(disk, "/empty").error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(read_build(disk, "/nowhere").error().kind(), ErrorKind::NotFound);
}

TEST_F(RepositoryTest, RefusesTwoImprovementsForOneList) {
  build("/r/debian-12-x86_64/12.11", "local/debian-12-x86_64/12.11/a");
  build("/r/debian-12-x86_64/again", "local/debian-12-x86_64/12.11/b");
  EXPECT_EQ(read_build(disk, "/r").error().kind(), ErrorKind::Invalid);
}

TEST_F(RepositoryTest, ReadsBackWhatItAnnounces) {
  build("/a", "local/debian-12-x86_64/12.11/a");
  build("/b", "local/debian-12-x86_64/12.11/b", "again");
  ASSERT_TRUE(publish("/a"));
  ASSERT_TRUE(publish("/b", RolloutRule::Required));
  const auto announced = read_announced(disk, kDirectory + "/public", *repository->contents());
  ASSERT_TRUE(announced) << announced.error().message();
  ASSERT_THAT(*announced, SizeIs(2));
  EXPECT_EQ(announced->at(1).manifest, read_build(disk, "/b")->front().manifest);
  EXPECT_EQ(announced->at(1).published_at, kStart);
  EXPECT_TRUE(announced->at(1).needs_rollout);
}

TEST_F(RepositoryTest, ReadsBackNoManifestThatWasNotSigned) {
  build("/a", "local/debian-12-x86_64/12.11/a");
  ASSERT_TRUE(publish("/a"));
  const tuf::Contents contents = *repository->contents();
  const Path folder = kDirectory + "/public/targets/local/debian-12-x86_64/12.11/a";
  const std::vector<std::string> names = *disk.list(folder);
  for (const std::string& name : names) {
    if (!name.ends_with(".zst")) continue;
    ASSERT_TRUE(disk.write(join(folder, name), as_bytes("x"), 0644));
  }
  const auto announced = read_announced(disk, kDirectory + "/public", contents);
  ASSERT_FALSE(announced);
  EXPECT_EQ(announced.error().kind(), ErrorKind::Corrupt);
}

}  // namespace
}  // namespace interlude::repository
